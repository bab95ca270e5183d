using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>What went into a build against a checkout of the project: the same files, or it was built from something else.</summary>
internal sealed class CheckoutCheck(string root, ManifestDocument manifest, string checkout)
{
    public IEnumerable<Diagnostic> Run()
    {
        foreach (var input in manifest.Inputs)
        {
            var name = Path.GetRelativePath(BuildInputs.Folder, input.Path);
            var path = Path.Combine(checkout, name);
            if (name.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(name))
            {
                yield return Wrong(Path.Combine(root, BuildManifest.FileName), $"names an input that is not among the inputs: {input.Path}");
            }
            else if (name.StartsWith("outside/", StringComparison.Ordinal))
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.ArtifactNotVouchedFor, "the file lay outside of the project: the checkout says nothing of it") with
                { File = Path.Combine(root, input.Path) };
            }
            else if (!File.Exists(path))
            {
                yield return Wrong(path, "is not in the checkout, and went into the build");
            }
            else if (Sha256Digest.OfFile(path).ToString() is var digest && digest != input.Sha256)
            {
                yield return Wrong(path, "is not what went into the build", digest, input.Sha256);
            }
        }
    }

    private static Diagnostic Wrong(string path, string what, string? found = null, string? expected = null) => Diagnostic.Error(
        DiagnosticCodes.ArtifactContradicts, $"{Path.GetFileName(path)} {what}", "check out the commit that the manifest names, or build again") with
    { File = path, Found = found, Expected = expected };
}
