using System.Globalization;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Series;
using KernelBuild.Stages;

namespace KernelBuild.Bench;

/// <summary>What a cell depends on: the patches' bytes and options, and the blobs that they touch; nothing else of the source.</summary>
internal static class CellKey
{
    /// <summary>Raised when cells begin to be told in another way.</summary>
    private const int Version = 2;

    public static string Of(IReadOnlyList<PatchFile> patches, IReadOnlyList<ParsedPatch> parsed, SourceTree source, bool keepsGoing)
    {
        using var key = new ContentKey("patch cell", Version);
        key.Add("keeps going", keepsGoing ? "yes" : "no");
        foreach (var patch in patches)
        {
            key.Add("patch", string.Create(CultureInfo.InvariantCulture, $"{patch.Name} {patch.Strip} {patch.Fuzz} {patch.IsReversed}")).AddFile(
                patch.Name, patch.Path);
        }

        foreach (var path in parsed.SelectMany(patch => patch.Paths).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            key.Add(path, source.Find(path) is { } entry ? $"{entry.Mode} {entry.Id}" : "nothing");
        }

        return key.Finish();
    }
}
