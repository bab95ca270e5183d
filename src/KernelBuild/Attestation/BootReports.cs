using System.Text.Json;
using System.Text.Json.Nodes;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>
/// Folders of an artifact folder that report what an image did when it was booted. Beside another image they would only mislead.
/// </summary>
internal static class BootReports
{
    public const string BootTest = "boot-test";
    public const string Groups = "iommu-report";
    public const string Passthrough = "passthrough";

    private const string ResultFile = "result.json";

    /// <summary>The reports that are there, and the digest of the image that each booted; null where it does not say.</summary>
    public static IEnumerable<(string Name, string? BootedImage)> In(string artifacts) =>
        ((string[])[BootTest, Groups, Passthrough])
            .Where(name => Directory.Exists(Path.Combine(artifacts, name)))
            .Select(name => (name, BootedImage(Path.Combine(artifacts, name, ResultFile))));

    /// <summary>Leaves word in a report's folder of the image that it is about.</summary>
    /// <param name="kernel">Its release, as uname has it.</param>
    /// <param name="image">SHA-256 of the boot.img that was booted.</param>
    public static void NameImage(string folder, string kernel, Sha256Digest image) => AtomicFile.Write(
        Path.Combine(folder, ResultFile),
        new JsonObject { ["formatVersion"] = 1, ["kernel"] = kernel, ["bootImage"] = image.ToString() }.ToJsonString() + "\n");

    /// <summary>Removes what is about another image than the one that was built.</summary>
    public static void RemoveStale(string artifacts, ManifestDocument manifest)
    {
        var built = manifest.Outputs.FirstOrDefault(output => output.Path == "boot.img")?.Sha256;
        foreach (var (name, booted) in In(artifacts).Where(report => report.BootedImage != built).ToArray())
        {
            Directory.Delete(Path.Combine(artifacts, name), recursive: true);
        }
    }

    /// <summary>A boot test has it in an object with the file's name, the others as a member.</summary>
    private static string? BootedImage(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return document.RootElement.TryGetProperty("image", out var image)
                ? image.GetProperty("sha256").GetString()
                : document.RootElement.TryGetProperty("bootImage", out var digest) ? digest.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
