using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Series;

/// <summary>
/// Lists of patches that other tools read: series.conf of Armbian and SUSE (a line a patch, '-' in front of what is switched off), and the
/// .scc files of linux-yocto ("patch FILE"; "git am", "include" and "kconf" belong to its own build).
/// </summary>
internal static class OtherLists
{
    /// <exception cref="DiagnosticException">KB2002, KB2003: all findings at once. A line that this does not understand is never passed over.</exception>
    public static ImmutableArray<PatchFile> Load(string file)
    {
        var isYocto = Path.GetExtension(file) == ".scc";
        var folder = Path.GetDirectoryName(file)!;
        var patches = ImmutableArray.CreateBuilder<PatchFile>();
        var findings = new List<Diagnostic>();
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var words = line.Split('#', 2)[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            var (name, isKnown) = isYocto ? OfYocto(words) : OfSuse(words);
            Diagnostic? finding = !isKnown
                ? Diagnostic.Error(
                    DiagnosticCodes.SeriesLineInvalid, $"'{line.Trim()}' is not a line that is understood of {Path.GetFileName(file)}",
                    "make a quilt series with the patches that are meant: a file 'series' beside them")
                : name is not null && !File.Exists(Path.Combine(folder, name))
                    ? Diagnostic.Error(DiagnosticCodes.PatchMissing, $"the patch '{name}' does not exist", "add the file, or take the line out of the list")
                    : null;
            if (finding is not null)
            {
                findings.Add(finding with { File = file, Line = number });
            }
            else if (name is not null)
            {
                patches.Add(new PatchFile(name, Path.GetFullPath(Path.Combine(folder, name))));
            }
        }

        return findings.Count == 0 ? patches.ToImmutable() : throw new DiagnosticException(findings);
    }

    /// <summary>A guard ("+needs-review") decides by a configuration that is not here.</summary>
    private static (string? Name, bool IsKnown) OfSuse(string[] words) => words switch
    {
        [] => (null, true),
        [['-', ..], ..] => (null, true),
        [var name] when name[0] != '+' => (name, true),
        _ => (null, false),
    };

    private static (string? Name, bool IsKnown) OfYocto(string[] words) => words switch
    {
        [] or ["define" or "kconf" or "set" or "mark", ..] => (null, true),
        ["patch", var name] => (name, true),
        _ => (null, false),
    };
}
