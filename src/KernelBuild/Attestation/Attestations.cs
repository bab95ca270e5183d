using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>What is said of a finished build beside its manifest: bill of materials, provenance, and the seal over the whole folder.</summary>
public static class Attestations
{
    /// <summary>CycloneDX 1.6.</summary>
    public const string SbomFileName = "sbom.cdx.json";

    /// <summary>An in-toto statement with SLSA v1 provenance.</summary>
    public const string ProvenanceFileName = "provenance.intoto.json";

    /// <summary>Writes them all; the folder is one unit to hand on then.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9056 when the key cannot sign.</exception>
    public static async Task WriteAsync(DeviceBuild device, ManifestDocument manifest, CancellationToken cancellationToken)
    {
        var folder = device.Folders.Artifacts;
        RemoveStaleBootTest(folder, manifest);
        AtomicFile.Write(Path.Combine(folder, SbomFileName), Sbom.Of(manifest));
        var provenance = new Provenance(manifest)
        {
            Finished = DateTimeOffset.UtcNow,
            Builder = BuilderIdentity.OfEnvironment(Environment.GetEnvironmentVariable),
            ManifestDigest = Sha256Digest.OfFile(Path.Combine(folder, BuildManifest.FileName)),
            SbomDigest = Sha256Digest.OfFile(Path.Combine(folder, SbomFileName)),
        };
        AtomicFile.Write(Path.Combine(folder, ProvenanceFileName), provenance.ToJson());
        await SealAsync(device, cancellationToken);
    }

    /// <summary>The report of a boot is about the image that was booted: beside another one it would only mislead.</summary>
    private static void RemoveStaleBootTest(string folder, ManifestDocument manifest)
    {
        var tests = Path.Combine(folder, "boot-test");
        if (Directory.Exists(tests)
            && ProductCheck.BootedImage(tests) is var booted
            && booted != manifest.Outputs.FirstOrDefault(output => output.Path == "boot.img")?.Sha256)
        {
            Directory.Delete(tests, recursive: true);
        }
    }

    /// <summary>Signs a folder that was built before.</summary>
    /// <returns>Names of the signatures.</returns>
    /// <exception cref="Diagnostics.DiagnosticException">KB9056 when the key cannot sign.</exception>
    public static async Task<IReadOnlyList<string>> SignAsync(string folder, string keyName, CancellationToken cancellationToken)
    {
        var key = ArtifactKey.Parse(keyName)!;
        await ArtifactSeal.WriteAsync(folder, key, cancellationToken);
        return [BuildManifest.SumsFileName + key.Extension, ProvenanceFileName + key.Extension];
    }

    /// <summary>Takes into the seal what was added to the folder since, such as the report of a boot.</summary>
    public static Task SealAsync(DeviceBuild device, CancellationToken cancellationToken) =>
        ArtifactSeal.WriteAsync(device.Folders.Artifacts, ArtifactKey.Parse(device.ArtifactSigningKey), cancellationToken);
}
