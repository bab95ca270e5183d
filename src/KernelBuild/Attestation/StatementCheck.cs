using System.Text.Json;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;
using KernelBuild.Toolchains;

namespace KernelBuild.Attestation;

/// <summary>The statements against each other: lock file, patches, toolchain, provenance and bill of materials must tell what the manifest tells.</summary>
internal sealed class StatementCheck(string root, ManifestDocument manifest)
{
    public IEnumerable<Diagnostic> Run() => [.. Lock(), .. Patches(), .. ToolchainDigest(), .. OfProvenance(), .. OfSbom()];

    private IEnumerable<Diagnostic> Lock()
    {
        if (manifest.Inputs.FirstOrDefault(input => input.Role == "lock") is not { } input)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.ArtifactNotVouchedFor, "the folder holds no lock file: what the source was stands in the manifest alone",
                "build a device whose project has a lock file") with
            { File = InFolder(BuildManifest.FileName) };
            yield break;
        }

        var path = InFolder(input.Path);
        var locked = LockFile.Load(path);
        var said = manifest.Source;
        if (locked.Source is not { } source)
        {
            yield return Wrong(path, "the lock file names no source");
        }
        else if ((source.Spec, source.Version, source.Sha256?.ToString(), source.Commit.ToString(), source.Tree.ToString())
            != (said.Spec, said.Version, said.Sha256, said.Commit, said.Tree))
        {
            yield return Wrong(
                path, "the lock file names another source than the manifest", $"{source.Spec} {source.Commit}", $"{said.Spec} {said.Commit}");
        }

        if (!locked.Parts.Select(part => (part.Key, part.Value.Commit.ToString(), part.Value.Tree.ToString()))
            .SequenceEqual((said.Parts ?? []).Select(part => (part.Path, part.Commit, part.Tree))))
        {
            yield return Wrong(path, "the lock file names other parts of the source than the manifest");
        }

        if (manifest.Project.Lock is { } named && named.Sha256 != input.Sha256)
        {
            yield return Wrong(path, "the lock file is another one than the manifest names", input.Sha256, named.Sha256);
        }
    }

    private IEnumerable<Diagnostic> Patches()
    {
        var copies = manifest.Inputs.Where(input => input.Role == "patch").Select(input => input.Sha256).ToHashSet(StringComparer.Ordinal);
        foreach (var patch in manifest.Source.Patches.Where(patch => !copies.Contains(patch.Sha256)))
        {
            yield return Wrong(
                InFolder(BuildManifest.FileName), $"the patch {patch.Series}/{patch.Name} that was applied is not among the inputs", null, patch.Sha256);
        }

        var applied = manifest.Source.Patches.Select(patch => patch.Sha256).ToHashSet(StringComparer.Ordinal);
        foreach (var input in manifest.Inputs.Where(input => input.Role == "patch" && !applied.Contains(input.Sha256)))
        {
            yield return Wrong(InFolder(input.Path), "the patch is not one that was applied", input.Sha256);
        }
    }

    /// <summary>The digest is over programs in their order, each followed by its libraries.</summary>
    private IEnumerable<Diagnostic> ToolchainDigest()
    {
        if (manifest.Toolchain is not { } toolchain)
        {
            yield return Wrong(InFolder(BuildManifest.FileName), "the manifest names no toolchain");
            yield break;
        }

        var libraries = toolchain.Libraries.ToDictionary(library => library.Path, StringComparer.Ordinal);
        var files = new List<ToolFile>();
        foreach (var tool in toolchain.Files)
        {
            files.Add(new ToolFile(tool.Name, tool.Path, tool.Version ?? "", tool.Sha256));
            foreach (var path in tool.Libraries ?? [])
            {
                if (!libraries.TryGetValue(path, out var library))
                {
                    yield return Wrong(InFolder(BuildManifest.FileName), $"{tool.Name} has a library that the manifest does not name: {path}");
                    yield break;
                }

                files.Add(new ToolFile(library.Name, library.Path, "", library.Sha256, IsLibrary: true));
            }
        }

        if (Toolchain.DigestOf(files) is var digest && digest != toolchain.Digest)
        {
            yield return Wrong(
                InFolder(BuildManifest.FileName), "the toolchain's digest is not that of its files: another compiler", digest, toolchain.Digest);
        }
    }

    private IEnumerable<Diagnostic> OfProvenance()
    {
        var path = InFolder(Attestations.ProvenanceFileName);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var statement = document.RootElement;
        var predicate = statement.GetProperty("predicate");
        if ((statement.GetProperty("_type").GetString(), statement.GetProperty("predicateType").GetString(),
                predicate.GetProperty("buildDefinition").GetProperty("buildType").GetString())
            != (Provenance.StatementType, Provenance.PredicateType, Provenance.BuildType))
        {
            yield return Wrong(path, "it is no SLSA provenance of a device project");
        }

        var subjects = Descriptors(statement.GetProperty("subject"));
        if (!subjects.SequenceEqual(manifest.Outputs.Select(output => $"{output.Path} sha256:{output.Sha256}")))
        {
            yield return Wrong(path, "its subjects are not the products of the manifest");
        }

        var said = Descriptors(predicate.GetProperty("buildDefinition").GetProperty("resolvedDependencies")).ToArray();
        var expected = Provenance.Dependencies(manifest)
            .Select(dependency => dependency.Name + string.Concat(dependency.Digests.Select(one => $" {one.Algorithm}:{one.Digest}")))
            .ToArray();
        if (!said.SequenceEqual(expected))
        {
            yield return Wrong(path, "its dependencies are not those of the manifest") with
            {
                Details =
                [
                    .. said.Except(expected).Select(line => "provenance: " + line).Take(5),
                    .. expected.Except(said).Select(line => "manifest:   " + line).Take(5),
                ],
            };
        }

        foreach (var byproduct in predicate.GetProperty("runDetails").GetProperty("byproducts").EnumerateArray())
        {
            var name = byproduct.GetProperty("name").GetString()!;
            if (name is BuildManifest.FileName && manifest.Verdict.Reproducible is not null)
            {
                // the verdict came after the provenance
                continue;
            }

            if (File.Exists(InFolder(name))
                && Sha256Digest.OfFile(InFolder(name)).ToString() != byproduct.GetProperty("digest").GetProperty("sha256").GetString())
            {
                yield return Wrong(path, $"it speaks of another {name} than the folder holds");
            }
        }
    }

    /// <summary>The bill is made of the manifest alone: it must be the one that this manifest gives.</summary>
    private IEnumerable<Diagnostic> OfSbom()
    {
        var path = InFolder(Attestations.SbomFileName);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var said = Hashes(document.RootElement).ToHashSet(StringComparer.Ordinal);
        using var made = JsonDocument.Parse(Sbom.Of(manifest));
        var expected = Hashes(made.RootElement).ToHashSet(StringComparer.Ordinal);
        if (!said.SetEquals(expected))
        {
            yield return Wrong(path, "its components are not those of the manifest") with
            {
                Details =
                [
                    .. said.Except(expected).Select(line => "SBOM:     " + line).Take(5),
                    .. expected.Except(said).Select(line => "manifest: " + line).Take(5),
                ],
            };
        }
    }

    private static IEnumerable<string> Hashes(JsonElement bill) => bill.GetProperty("components").EnumerateArray()
        .Concat(bill.TryGetProperty("formulation", out var formulas)
            ? formulas.EnumerateArray().SelectMany(formula => formula.GetProperty("components").EnumerateArray())
            : [])
        .Select(component => component.GetProperty("bom-ref").GetString()
            + (component.TryGetProperty("version", out var version) ? " " + version.GetString() : "")
            + (component.TryGetProperty("hashes", out var hashes)
                ? string.Concat(hashes.EnumerateArray().Select(hash => $" {hash.GetProperty("content").GetString()}"))
                : "")
            + (component.TryGetProperty("properties", out var properties)
                ? string.Concat(properties.EnumerateArray().Select(one => $" {one.GetProperty("name")}={one.GetProperty("value")}"))
                : ""));

    private static IEnumerable<string> Descriptors(JsonElement list) => list.EnumerateArray().Select(one =>
        one.GetProperty("name").GetString() + string.Concat(one.GetProperty("digest").EnumerateObject().Select(digest =>
            $" {digest.Name}:{digest.Value.GetString()}")));

    private string InFolder(string name) => Path.Combine(root, name);

    private static Diagnostic Wrong(string file, string what, string? found = null, string? expected = null) =>
        ArtifactVerification.Contradiction(file, what, found, expected);
}
