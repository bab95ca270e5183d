using System.Text.RegularExpressions;

namespace KernelBuild.Diagnostics;

/// <summary>What each code means, in one phrase: the tables of docs/codes/README.md.</summary>
public static partial class CodeText
{
    private static readonly Lazy<Dictionary<string, string>> _texts = new(Read);

    /// <summary>The phrase in Markdown, without a full stop; null for a code that is none of ours.</summary>
    public static string? Of(string code) => _texts.Value.GetValueOrDefault(code);

    private static Dictionary<string, string> Read()
    {
        using var reader = new StreamReader(typeof(CodeText).Assembly.GetManifestResourceStream("codes.md")!);
        return Row().Matches(reader.ReadToEnd())
            .DistinctBy(row => row.Groups["code"].Value)
            .ToDictionary(row => row.Groups["code"].Value, row => row.Groups["text"].Value, StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^\| \[(?<code>KB\d{4})\]\([^)]*\) \| (?<text>.*?) \|\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Row();
}
