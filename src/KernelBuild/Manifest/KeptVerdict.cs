using System.Text.Json;
using KernelBuild.Device;
using KernelBuild.Host.Files;

namespace KernelBuild.Manifest;

/// <summary>
/// The last verdict on reproducibility, beside the records of the build: a manifest that is written anew for the same products keeps it.
/// </summary>
internal static class KeptVerdict
{
    private const string FileName = "reproducible.json";

    public static void Save(DeviceFolders folders, ManifestDocument manifest) => AtomicFile.Write(
        Path.Combine(folders.Work, FileName), JsonSerializer.Serialize(manifest, ManifestJson.Default.ManifestDocument));

    /// <summary>Null when there is none, or when it is of other products.</summary>
    public static ManifestReproducibility? Of(DeviceFolders folders, IEnumerable<ManifestFile> outputs)
    {
        var file = Path.Combine(folders.Work, FileName);
        try
        {
            return File.Exists(file)
                && JsonSerializer.Deserialize(File.ReadAllBytes(file), ManifestJson.Default.ManifestDocument) is { } kept
                && kept.Outputs.SequenceEqual(outputs)
                ? kept.Verdict.Reproducible
                : null;
        }
        catch (JsonException)
        {
            // of another version: as if it were not there
            return null;
        }
    }
}
