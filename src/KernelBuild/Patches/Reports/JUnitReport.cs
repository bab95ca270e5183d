using System.Globalization;
using System.Xml;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;

namespace KernelBuild.Patches.Reports;

/// <summary>Series reports as JUnit XML, a suite for each, a case for each patch: what CI systems show as tests.</summary>
public static class JUnitReport
{
    private static readonly XmlWriterSettings Settings = new() { Indent = true, Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false), CheckCharacters = false };

    /// <param name="suites">Name of a series, or of a series on a source, and its report.</param>
    public static void Write(Stream stream, IReadOnlyCollection<(string Name, SeriesReport Report)> suites)
    {
        using var xml = XmlWriter.Create(stream, Settings);
        xml.WriteStartDocument();
        xml.WriteStartElement("testsuites");
        foreach (var (name, report) in suites)
        {
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", Clean(name));
            xml.WriteAttributeString("tests", Number(report.Patches.Length));
            xml.WriteAttributeString("failures", Number(report.Patches.Count(Failed)));
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("skipped", Number(report.Patches.Count(patch => patch.Verdict == PatchVerdict.NotTried)));
            foreach (var patch in report.Patches)
            {
                Write(xml, name, patch);
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndDocument();
    }

    private static void Write(XmlWriter xml, string suite, PatchReport patch)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean(suite));
        xml.WriteAttributeString("name", Clean(patch.Name));
        if (patch.Verdict == PatchVerdict.NotTried)
        {
            xml.WriteElementString("skipped", "");
        }
        else if (Failed(patch))
        {
            var errors = patch.Findings.Where(finding => finding.Severity == DiagnosticSeverity.Error).ToArray();
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", errors.FirstOrDefault()?.Code ?? VerdictWord.Of(patch.Verdict));
            xml.WriteAttributeString("message", Clean(errors.FirstOrDefault()?.Message ?? VerdictWord.Of(patch.Verdict)));
            xml.WriteString(Clean(string.Join("\n", errors.Select(error => error.ToString()))));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static bool Failed(PatchReport patch) => patch.Verdict is PatchVerdict.Failed or PatchVerdict.AlreadyApplied or PatchVerdict.Malformed;

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>XML has no way to write most control characters.</summary>
    private static string Clean(string text) => string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter) ? letter : '\ufffd'));
}
