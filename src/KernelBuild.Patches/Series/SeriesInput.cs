using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Series;

/// <summary>The patches that a path of the user's stands for, whatever their form.</summary>
public static class SeriesInput
{
    private static readonly string[] Endings = [".patch", ".diff", ".eml"];

    private static readonly string[] Compressed = [".gz", ".xz", ".zst", ".bz2", ".lz4", ".lzma"];

    /// <summary>Lists of other tools, by what their names are or end in: SUSE and Armbian, linux-yocto.</summary>
    private const string SuseList = "series.conf";

    private const string YoctoList = ".scc";

    /// <summary>
    /// Reads a folder with a file "series" (quilt), that file itself, a list of another tool (series.conf, *.scc) or a folder with one, a folder
    /// of patches in the order of their names, or one file: a patch, a mail, a mailbox, compressed or not.
    /// </summary>
    /// <exception cref="DiagnosticException">KB2001, KB2002, KB2003: all findings at once.</exception>
    public static IReadOnlyList<PatchFile> Load(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path))
        {
            return Path.GetFileName(path) == "series" ? PatchSeries.Load(Path.GetDirectoryName(path)!).Patches
                : IsList(path) ? OtherLists.Load(path)
                : [new PatchFile(Path.GetFileName(path), path)];
        }

        if (Directory.Exists(path) && !File.Exists(Path.Combine(path, "series")))
        {
            // what is listed is meant: the others beside the list are switched off
            if (Directory.EnumerateFiles(path).Where(IsList).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } lists)
            {
                return lists.Length == 1 ? OtherLists.Load(lists[0]) : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.SeriesMissing, $"'{path}' has several lists of patches: {string.Join(", ", lists.Select(Path.GetFileName))}",
                    "name the one that is meant"));
            }

            var files = Directory.EnumerateFiles(path)
                .Where(IsPatch)
                .Order(StringComparer.Ordinal)
                .ToArray();
            return files.Length > 0
                ? [.. files.Select(file => new PatchFile(Path.GetFileName(file), file))]
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.SeriesMissing,
                    $"'{path}' has neither a file 'series' nor patches ({string.Join(", ", Endings)})",
                    "name a quilt series, a folder of patches, a mailbox or a patch"));
        }

        return PatchSeries.Load(path).Patches;
    }

    private static bool IsList(string file) => Path.GetFileName(file) == SuseList || Path.GetExtension(file) == YoctoList;

    /// <summary>Hidden files are an editor's or a system's (._x.patch of macOS), not the author's.</summary>
    private static bool IsPatch(string file)
    {
        var name = Path.GetFileName(file);
        var plain = Compressed.Contains(Path.GetExtension(name)) ? Path.GetFileNameWithoutExtension(name) : name;
        return !name.StartsWith('.') && Endings.Contains(Path.GetExtension(plain));
    }
}
