using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Diagnostics;

/// <summary>
/// Findings out of the text of another process: MSBuild's canonical form, <c>file(line,column): error KBnnnn: message</c>, and the lines
/// below it that <see cref="Diagnostic.ToString"/> writes. Codes of MSBuild and of compilers are read too.
/// </summary>
public static partial class CanonicalForm
{
    private const string Consequence = "  then: ";
    private const string Fix = "  fix: ";
    private const string MoreOfFix = "       ";
    private const string Detail = "  | ";

    /// <param name="text">One finding, with the lines below it.</param>
    /// <param name="finding">Its byte offset, if any, stays in the message.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out Diagnostic? finding)
    {
        finding = null;
        var lines = text.Split('\n');
        var first = FirstLine().Match(lines[0]);
        if (!first.Success)
        {
            return false;
        }

        var severity = first.Groups["severity"].ValueSpan switch
        {
            "error" => DiagnosticSeverity.Error,
            "warning" => DiagnosticSeverity.Warning,
            _ => DiagnosticSeverity.Note,
        };
        finding = new Diagnostic(first.Groups["code"].Value, severity, first.Groups["message"].Value)
        {
            File = first.Groups["file"] is { Success: true, Value: var file } ? file : null,
            Line = Number(first.Groups["line"]),
            Column = Number(first.Groups["column"]),
        };
        finding = WithLinesBelow(finding, lines.AsSpan(1));
        return true;
    }

    private static Diagnostic WithLinesBelow(Diagnostic finding, ReadOnlySpan<string> lines)
    {
        var details = new List<string>();
        foreach (var line in lines)
        {
            if (line.StartsWith(Consequence, StringComparison.Ordinal) && finding.Consequence.Length == 0)
            {
                finding = finding with { Consequence = line[Consequence.Length..] };
            }
            else if (line.StartsWith(Fix, StringComparison.Ordinal) && finding.Fix.Length == 0)
            {
                finding = finding with { Fix = line[Fix.Length..] };
            }
            else if (line.StartsWith(MoreOfFix, StringComparison.Ordinal) && finding.Fix.Length > 0 && details.Count == 0)
            {
                finding = finding with { Fix = $"{finding.Fix}\n{line[MoreOfFix.Length..]}" };
            }
            else
            {
                details.Add(line.StartsWith(Detail, StringComparison.Ordinal) ? line[Detail.Length..] : line);
            }
        }

        return finding with { Details = details };
    }

    private static int Number(Group group) => int.TryParse(group.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(
        @"^(?:(?<file>\S.*?)(?:\((?<line>\d+)(?:,(?<column>\d+))?\))?: )?"
            + @"(?<severity>error|warning|note) (?<code>[A-Z]{2,8}\d{3,5}): (?<message>.*)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex FirstLine();
}
