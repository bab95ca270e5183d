using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.CommandLine;

/// <summary>Findings for people: what, where, found and expected, what follows, how to mend it.</summary>
internal static class FindingText
{
    public static void Write(Diagnostic finding, TextWriter output)
    {
        var place = finding.Offset is { } offset ? string.Create(CultureInfo.InvariantCulture, $" (at byte 0x{offset:x})") : "";
        output.WriteLine(Printable.Text($"  {FindingInfo.NameOf(finding.Severity)} {finding.Code}: {finding.Message}{place}"));
        Line("found", finding.Found);
        Line("expected", finding.Expected);
        Line("then", finding.Consequence);
        Line("fix", finding.Fix);

        void Line(string name, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                output.WriteLine(Printable.Text($"    {name}: {text}"));
            }
        }
    }
}
