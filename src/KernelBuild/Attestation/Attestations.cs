using KernelBuild.Device;
using KernelBuild.Diagnostics;
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
    /// <exception cref="DiagnosticException">KB9056 when the key cannot sign.</exception>
    public static async Task WriteAsync(DeviceBuild device, ManifestDocument manifest, CancellationToken cancellationToken)
    {
        var folder = device.Folders.Artifacts;
        BootReports.RemoveStale(folder, manifest);
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

    /// <summary>Signs a folder that was built before.</summary>
    /// <returns>Names of the signatures.</returns>
    /// <exception cref="DiagnosticException">KB9056 when the key cannot sign.</exception>
    public static async Task<IReadOnlyList<string>> SignAsync(string folder, string keyName, CancellationToken cancellationToken)
    {
        var key = ArtifactKey.Parse(keyName)!;
        await ArtifactSeal.WriteAsync(folder, key, cancellationToken);
        return [BuildManifest.SumsFileName + key.Extension, ProvenanceFileName + key.Extension];
    }

    /// <summary>Makes a report in the folder and takes it into the seal, also what is left of one that failed.</summary>
    public static async Task<T> SealedAsync<T>(DeviceBuild device, Func<Task<T>> report)
    {
        try
        {
            var result = await report();
            await ResealAsync(device);
            return result;
        }
        catch (Exception e) when (e is not DiagnosticException { Diagnostics: [{ Code: DiagnosticCodes.ArtifactKeyUnusable }] })
        {
            try
            {
                await ResealAsync(device);
            }
            catch (DiagnosticException)
            {
                // why the report failed is what the user has to hear
            }

            throw;
        }
    }

    private static async Task ResealAsync(DeviceBuild device)
    {
        // without a list there is no finished build to seal
        if (File.Exists(Path.Combine(device.Folders.Artifacts, BuildManifest.SumsFileName)))
        {
            await SealAsync(device, CancellationToken.None);
        }
    }

    /// <summary>Lists every file of the folder as it is now, and signs.</summary>
    public static Task SealAsync(DeviceBuild device, CancellationToken cancellationToken) =>
        ArtifactSeal.WriteAsync(device.Folders.Artifacts, ArtifactKey.Parse(device.ArtifactSigningKey), cancellationToken);
}
