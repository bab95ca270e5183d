using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>Every file of the folder against SHA256SUMS, and those that the manifest names against the manifest.</summary>
internal sealed class FileCheck(string root, ManifestDocument manifest)
{
    public IEnumerable<Diagnostic> Run()
    {
        var sums = Path.Combine(root, BuildManifest.SumsFileName);
        var digests = ArtifactSeal.Files(root).AsParallel()
            .Select(name => (Name: name, Digest: Sha256Digest.OfFile(Path.Combine(root, name))))
            .ToDictionary(file => file.Name, file => file.Digest, StringComparer.Ordinal);
        if (!File.Exists(sums))
        {
            return [Differs(sums, "is not there: nothing says what the files ought to be"), .. OfManifest(digests)];
        }

        try
        {
            return [.. OfList(sums, ArtifactSeal.Read(sums), digests), .. OfManifest(digests)];
        }
        catch (DiagnosticException e)
        {
            return [.. e.Diagnostics, .. OfManifest(digests)];
        }
    }

    private IEnumerable<Diagnostic> OfList(
        string sums, IReadOnlyList<(string Name, Sha256Digest Digest)> listed, Dictionary<string, Sha256Digest> digests)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, digest) in listed)
        {
            var path = Path.Combine(root, name);
            if (!names.Add(name))
            {
                yield return Differs(sums, $"names {name} twice");
            }
            else if (!Path.GetFullPath(path).StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal))
            {
                yield return Differs(sums, $"names {name}, which is not in the folder");
            }
            else if (!digests.TryGetValue(name, out var found))
            {
                yield return Differs(path, "is not there");
            }
            else if (found != digest)
            {
                yield return Differs(path, "is not what was built: its SHA-256 is another one", found.ToString(), digest.ToString());
            }
        }

        foreach (var name in digests.Keys.Where(name => !names.Contains(name)).Order(StringComparer.Ordinal))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.ArtifactNotVouchedFor, $"{BuildManifest.SumsFileName} does not name the file",
                "take it away before the folder is handed on") with
            { File = Path.Combine(root, name) };
        }
    }

    private IEnumerable<Diagnostic> OfManifest(Dictionary<string, Sha256Digest> digests)
    {
        foreach (var file in manifest.Outputs.Concat(manifest.Inputs.Select(input => new ManifestFile(input.Path, input.Size, input.Sha256))))
        {
            var path = Path.Combine(root, file.Path);
            if (!digests.TryGetValue(file.Path, out var found))
            {
                yield return Differs(path, $"is named by {BuildManifest.FileName} and not there");
            }
            else if (found.ToString() != file.Sha256 || new FileInfo(path).Length != file.Size)
            {
                yield return Differs(path, $"is not what {BuildManifest.FileName} says", found.ToString(), file.Sha256);
            }
        }
    }

    private static Diagnostic Differs(string file, string what, string? found = null, string? expected = null) => Diagnostic.Error(
        DiagnosticCodes.ArtifactDiffers, $"{Path.GetFileName(file)} {what}", "take the folder from where it was built, once more") with
    { File = file, Found = found, Expected = expected };
}
