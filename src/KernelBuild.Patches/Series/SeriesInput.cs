using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Series;

/// <summary>The patches that a path of the user's stands for, whatever their form.</summary>
public static class SeriesInput
{
    private static readonly string[] Endings = [".patch", ".diff", ".eml"];

    /// <summary>
    /// Reads a folder with a file "series" (quilt), that file itself, a folder of patches in the order of their names, or one
    /// file: a patch, a mail, a mailbox.
    /// </summary>
    /// <exception cref="DiagnosticException">KB2001, KB2002, KB2003: all findings at once.</exception>
    public static IReadOnlyList<PatchFile> Load(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path))
        {
            return Path.GetFileName(path) == "series"
                ? PatchSeries.Load(Path.GetDirectoryName(path)!).Patches
                : [new PatchFile(Path.GetFileName(path), path)];
        }

        if (Directory.Exists(path) && !File.Exists(Path.Combine(path, "series")))
        {
            var files = Directory.EnumerateFiles(path)
                .Where(file => Endings.Contains(Path.GetExtension(file)))
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
}
