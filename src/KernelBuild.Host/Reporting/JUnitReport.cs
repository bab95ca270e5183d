using System.Globalization;
using System.Xml;

namespace KernelBuild.Host.Reporting;

/// <summary>Reports as JUnit XML, suites of cases: what CI systems show as tests.</summary>
public static class JUnitReport
{
    private static readonly XmlWriterSettings Settings = new()
    {
        Indent = true,
        Encoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        CheckCharacters = false,
    };

    public static void Write(Stream stream, IReadOnlyCollection<JUnitSuite> suites)
    {
        using var xml = XmlWriter.Create(stream, Settings);
        xml.WriteStartDocument();
        xml.WriteStartElement("testsuites");
        foreach (var suite in suites)
        {
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", Clean(suite.Name));
            xml.WriteAttributeString("tests", Number(suite.Cases.Count));
            xml.WriteAttributeString("failures", Number(suite.Cases.Count(one => one.Failure is not null)));
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("skipped", Number(suite.Cases.Count(one => one.Skipped)));
            if (suite.Cases.Any(one => one.Duration is not null))
            {
                var whole = suite.Cases.Aggregate(TimeSpan.Zero, (sum, one) => sum + (one.Duration ?? default));
                xml.WriteAttributeString("time", Seconds(whole));
            }

            if (suite.Began is { } began)
            {
                xml.WriteAttributeString("timestamp", began.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            }

            foreach (var one in suite.Cases)
            {
                Write(xml, suite.Name, one);
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndDocument();
    }

    private static void Write(XmlWriter xml, string suite, JUnitCase one)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", Clean(suite));
        xml.WriteAttributeString("name", Clean(one.Name));
        if (one.Duration is { } duration)
        {
            xml.WriteAttributeString("time", Seconds(duration));
        }

        if (one.Skipped)
        {
            xml.WriteElementString("skipped", "");
        }
        else if (one.Failure is { } failure)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", Clean(one.Type));
            xml.WriteAttributeString("message", Clean(failure.Split('\n')[0]));
            xml.WriteString(Clean(failure));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>XML has no way to write most control characters.</summary>
    private static string Clean(string text) =>
        string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter) ? letter : '\ufffd'));
}
