using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Modules;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Series;

namespace KernelBuild.ModuleCheck;

/// <summary>Reads from patch series what modules can notice: exports and functions that go, types that change.</summary>
public static partial class PatchEffects
{
    /// <summary>Of source that people write; what is longer is data, and the patterns would look at each part of it.</summary>
    private const int LongestLine = 400;

    /// <param name="path">A folder with a series file, or a patch.</param>
    /// <exception cref="DiagnosticException">KB2001 to KB2003, and what makes a patch unreadable.</exception>
    public static IEnumerable<PatchEffect> Read(string path)
    {
        var files = Directory.Exists(path) ? PatchSeries.Load(path).Patches : [new PatchFile(Path.GetFileName(path), Path.GetFullPath(path))];
        foreach (var patch in files.SelectMany(ParsedPatch.Read))
        {
            yield return patch.Finding is { } finding ? throw new DiagnosticException(finding) : Of(patch);
        }
    }

    private static PatchEffect Of(ParsedPatch patch)
    {
        var hunks = patch.Files.SelectMany(file => file.Hunks).ToArray();
        var lines = hunks.SelectMany(hunk => hunk.Lines.Select(line => (line.Kind, Text: TextOf(hunk, line)))).ToArray();
        return new PatchEffect(
            patch.Name, Gone(lines, Export()), Gone(lines, Definition()),
            [.. patch.Files.Where(file => file.Name.EndsWith(".h", StringComparison.Ordinal) || file.Name.EndsWith(".c", StringComparison.Ordinal))
                .SelectMany(file => file.Hunks).SelectMany(ChangedTypes)]);
    }

    private static ImmutableHashSet<string> Gone((HunkLineKind Kind, string Text)[] lines, Regex pattern)
    {
        IEnumerable<string> Names(HunkLineKind kind) => lines.Where(line => line.Kind == kind)
            .Where(line => line.Text.Length <= LongestLine).Select(line => pattern.Match(line.Text)).Where(match => match.Success).Select(match => match.Groups["name"].Value);
        return [.. Names(HunkLineKind.Removed).Except(Names(HunkLineKind.Added))];
    }

    /// <summary>A hunk begins inside the type that its section names, and changes it where a line between the braces is another.</summary>
    private static IEnumerable<string> ChangedTypes(Hunk hunk)
    {
        var inside = TypeOf(hunk.Section);
        foreach (var line in hunk.Lines)
        {
            var text = TextOf(hunk, line);
            if (TypeOf(text) is { } type)
            {
                inside = type;
            }
            else if (text.StartsWith('}') || (text.Length <= LongestLine && FunctionBody().IsMatch(text)))
            {
                inside = null;
            }
            else if (inside is not null && line.Kind != HunkLineKind.Context && !IsComment(text))
            {
                yield return inside;
            }
        }
    }

    private static string? TypeOf(string line) =>
        line.Length <= LongestLine && OpenedType().Match(line) is { Success: true } type ? $"{type.Groups["kind"].Value} {type.Groups["name"].Value}" : null;

    private static bool IsComment(string line) => line.Trim() is "" or ['/', '*', ..] or ['/', '/', ..] or ['*', ..];

    private static string TextOf(Hunk hunk, HunkLine line) => Encoding.UTF8.GetString(hunk.BytesOf(line)).TrimEnd();

    [GeneratedRegex(@"^\s*EXPORT_(?:PER_CPU_)?SYMBOL(?:_[A-Z_]+)?\s*\(\s*(?<name>\w+)")]
    private static partial Regex Export();

    /// <summary>A function of kernel style begins in the first column.</summary>
    [GeneratedRegex(@"^[A-Za-z_][\w\s\*]*?\b(?<name>\w+)\([^;]*$")]
    private static partial Regex Definition();

    [GeneratedRegex(@"^(?:typedef\s+)?(?<kind>struct|union|enum)\s+(?<name>\w+)[^;=()]*(?:\{.*)?$")]
    private static partial Regex OpenedType();

    [GeneratedRegex(@"^\w.*\)\s*\{?$")]
    private static partial Regex FunctionBody();
}
