using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Series;

/// <summary>A folder with a file 'series' in quilt's form and the patches that it names.</summary>
/// <param name="Folder">Absolute path.</param>
public sealed record PatchSeries(string Folder, ImmutableArray<PatchFile> Patches)
{
    public string Name => Path.GetFileName(Folder.TrimEnd('/'));

    /// <exception cref="DiagnosticException">KB2001, KB2002, KB2003: all findings at once.</exception>
    public static PatchSeries Load(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var file = Path.Combine(folder, "series");
        if (!File.Exists(file))
        {
            var parent = Path.GetDirectoryName(folder);
            var there = Directory.Exists(parent)
                ? Directory.EnumerateDirectories(parent)
                    .Where(d => File.Exists(Path.Combine(d, "series")))
                    .Select(d => Path.GetFileName(d))
                    .Order(StringComparer.Ordinal)
                : Enumerable.Empty<string>();
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SeriesMissing,
                $"there is no series '{Path.GetFileName(folder)}': {file} does not exist",
                $"series beside it: {string.Join(", ", there.DefaultIfEmpty("none"))}"));
        }

        var patches = ImmutableArray.CreateBuilder<PatchFile>();
        var findings = new List<Diagnostic>();
        var lineNumber = 0;
        foreach (var line in File.ReadLines(file))
        {
            lineNumber++;
            var content = line.Split('#', 2)[0].Trim();
            if (content.Length > 0)
            {
                ReadLine(folder, file, lineNumber, content, patches, findings);
            }
        }

        return findings.Count == 0 ? new PatchSeries(folder, patches.ToImmutable()) : throw new DiagnosticException(findings);
    }

    private static void ReadLine(
        string folder, string file, int lineNumber, string content, ImmutableArray<PatchFile>.Builder patches, List<Diagnostic> findings)
    {
        var words = content.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var name = words[0];
        int? strip = null;
        var fuzz = 0;
        var isReversed = false;
        foreach (var option in words.Skip(1))
        {
            switch (option)
            {
                case "-pab":
                    strip = 1;
                    break;
                case ['-', 'p', >= '0' and <= '9'] when option.Length == 3:
                    strip = option[^1] - '0';
                    break;
                case "-R":
                    isReversed = true;
                    break;
                case ['f', 'u', 'z', 'z', '=', >= '0' and <= '3'] when option.Length == 6:
                    fuzz = option[^1] - '0';
                    break;
                default:
                    findings.Add(Diagnostic.Error(
                        DiagnosticCodes.SeriesLineInvalid,
                        $"'{option}' is not an option of a patch here",
                        "-p0 to -p9, -R and fuzz=1 to fuzz=3 are") with
                    { File = file, Line = lineNumber });
                    break;
            }
        }

        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(folder + "/", StringComparison.Ordinal))
        {
            findings.Add(Diagnostic.Error(DiagnosticCodes.SeriesLineInvalid, $"'{name}' lies outside the folder of the series") with
            {
                File = file,
                Line = lineNumber,
            });
        }
        else if (!File.Exists(path))
        {
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.PatchMissing, $"the patch '{name}' does not exist", "add the file, or take the line out of the series") with
            { File = file, Line = lineNumber });
        }
        else
        {
            patches.Add(new PatchFile(name, path, strip, fuzz, isReversed));
        }
    }
}
