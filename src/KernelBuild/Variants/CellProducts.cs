using System.Collections.Immutable;
using System.Text.Json;
using KernelBuild.Artifacts;
using KernelBuild.Attestation;
using KernelBuild.Manifest;

namespace KernelBuild.Variants;

/// <summary>What a finished build leaves: one folder to hand on.</summary>
internal static class CellProducts
{
    /// <summary>Names relative to the artifacts folder: all that its seal covers, the seal, and the manifest as the last.</summary>
    public static IReadOnlyList<string> In(string artifacts) =>
    [
        .. ArtifactSeal.Files(artifacts).Where(name => name != BuildManifest.FileName),
        .. ArtifactSeal.Signatures(BuildManifest.SumsFileName).Where(name => File.Exists(Path.Combine(artifacts, name))),
        BuildManifest.SumsFileName,
        BuildManifest.FileName,
    ];

    public static void Copy(ArtifactEntry entry, string artifacts, string target)
    {
        var temporary = $"{target}.{Guid.NewGuid():n}.part";
        foreach (var file in entry.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(temporary, file.Name))!);
            File.Copy(Path.Combine(artifacts, file.Name), Path.Combine(temporary, file.Name));
        }

        FolderSwap.Replace(temporary, target);
    }

    /// <summary>Seconds of each stage, as the manifest has them; empty when it has none.</summary>
    public static ImmutableSortedDictionary<string, double> StagesOf(string products)
    {
        var path = Path.Combine(products, BuildManifest.FileName);
        using var manifest = JsonDocument.Parse(File.Exists(path) ? File.ReadAllBytes(path) : "{}"u8.ToArray());
        return manifest.RootElement.TryGetProperty("seconds", out var seconds)
            ? seconds.EnumerateObject().ToImmutableSortedDictionary(one => one.Name, one => one.Value.GetDouble(), StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, double>.Empty;
    }
}
