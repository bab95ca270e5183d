using System.Text.Encodings.Web;
using System.Text.Json;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>
/// How the products came to be, as an in-toto statement (type v1) with SLSA provenance (v1): each product is a subject; the source, every
/// patch, every file of the project and of the toolchain is a dependency with its digest.
/// </summary>
/// <remarks>Source: in-toto attestation framework, spec/v1/statement.md and resource_descriptor.md; SLSA v1.0, "Provenance".</remarks>
internal sealed class Provenance(ManifestDocument manifest)
{
    public const string StatementType = "https://in-toto.io/Statement/v1";
    public const string PredicateType = "https://slsa.dev/provenance/v1";

    /// <summary>What externalParameters mean: a device project, built with its lock file.</summary>
    public const string BuildType = "urn:kernelbuild:device-project:v1";

    public required DateTimeOffset Finished { get; init; }

    public required BuilderIdentity Builder { get; init; }

    public required Sha256Digest ManifestDigest { get; init; }

    public required Sha256Digest SbomDigest { get; init; }

    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("_type", StatementType);
            json.WriteStartArray("subject");
            foreach (var output in manifest.Outputs)
            {
                Write(json, new Dependency(output.Path, null, [("sha256", output.Sha256)]));
            }

            json.WriteEndArray();
            json.WriteString("predicateType", PredicateType);
            json.WriteStartObject("predicate");
            WriteDefinition(json);
            WriteRun(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Everything that decided the products, in the order of the manifest.</summary>
    public static IEnumerable<Dependency> Dependencies(ManifestDocument manifest)
    {
        var source = manifest.Source;
        if (source.Parts is { } parts)
        {
            foreach (var part in parts)
            {
                yield return OfSource("source:" + part.Path, part.Spec, part.Sha256, part.Commit, part.Tree);
            }
        }
        else if (source is { Spec: { } spec, Commit: { } commit, Tree: { } tree })
        {
            yield return OfSource("source", spec, source.Sha256, commit, tree);
        }

        foreach (var patch in source.Patches)
        {
            yield return new Dependency($"patch:{patch.Series}/{patch.Name}", null, [("sha256", patch.Sha256)]);
        }

        foreach (var input in manifest.Inputs)
        {
            yield return new Dependency(input.Path, null, [("sha256", input.Sha256)]);
        }

        foreach (var item in manifest.Boot.Ramdisk.Where(item => item.PackageSha256 is not null).DistinctBy(item => PackageOf(item.Source)))
        {
            yield return new Dependency("package:" + PackageOf(item.Source), null, [("sha256", item.PackageSha256!)]);
        }

        foreach (var image in manifest.Boot.StockImages)
        {
            yield return new Dependency("stock:" + image.Name, null, [("sha256", image.Sha256)]);
        }

        foreach (var tool in manifest.Toolchain is { } toolchain ? toolchain.Files.Concat(toolchain.Libraries) : [])
        {
            yield return new Dependency("tool:" + tool.Name, null, [("sha256", tool.Sha256)]);
        }
    }

    /// <summary>The package of a ramdisk's "debian:PACKAGE!PATH".</summary>
    public static string PackageOf(string source) => source["debian:".Length..].Split('!')[0];

    private static Dependency OfSource(string name, string spec, string? sha256, string commit, string tree) => new(
        name, UriOf(spec),
        [("gitCommit", commit), ("gitTree", tree), .. sha256 is null ? ((string, string)[])[] : [("sha256", sha256)]]);

    /// <summary>
    /// The spec as SPDX writes addresses of sources. A package and a folder of the builder's have none of the network: the name stays, as
    /// one of our own kind.
    /// </summary>
    private static string UriOf(string spec)
    {
        var at = spec.IndexOf(':', StringComparison.Ordinal);
        var (kind, rest) = (spec[..at], spec[(at + 1)..]);
        return kind switch
        {
            "git" or "repo" when Uri.TryCreate(rest, UriKind.Absolute, out _) => "git+" + rest,
            "archive" when Uri.TryCreate(rest, UriKind.Absolute, out _) => rest,
            _ => $"urn:kernelbuild:{kind}:{Uri.EscapeDataString(rest)}",
        };
    }

    private void WriteDefinition(Utf8JsonWriter json)
    {
        json.WriteStartObject("buildDefinition");
        json.WriteString("buildType", BuildType);
        json.WriteStartObject("externalParameters");
        json.WriteString("device", manifest.Device);
        json.WriteString("project", manifest.Project.File);
        json.WriteBoolean("withoutPatches", manifest.WithoutPatches);
        if (manifest.Project.Commit is { } commit)
        {
            json.WriteString("projectCommit", commit);
            json.WriteBoolean("projectDirty", manifest.Project.Dirty == true);
        }

        json.WriteEndObject();
        json.WriteStartObject("internalParameters");
        json.WriteString("toolchain", manifest.Toolchain?.Compiler);
        json.WriteString("toolchainDigest", manifest.Toolchain?.Digest);
        json.WriteString("host", manifest.Builder.Host);
        json.WriteStartArray("commands");
        foreach (var command in manifest.Commands)
        {
            json.WriteStringValue(command);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("resolvedDependencies");
        foreach (var dependency in Dependencies(manifest))
        {
            Write(json, dependency);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteRun(Utf8JsonWriter json)
    {
        json.WriteStartObject("runDetails");
        json.WriteStartObject("builder");
        json.WriteString("id", Builder.Id);
        json.WriteStartObject("version");
        json.WriteString("kernelbuild", manifest.Builder.KernelBuild ?? "unknown");
        json.WriteString("runtime", manifest.Builder.Runtime);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("metadata");
        if (Builder.Invocation is { } invocation)
        {
            json.WriteString("invocationId", invocation);
        }

        json.WriteString("startedOn", Time(Finished - TimeSpan.FromSeconds(manifest.Seconds.Values.Sum())));
        json.WriteString("finishedOn", Time(Finished));
        json.WriteEndObject();
        json.WriteStartArray("byproducts");
        Write(json, new Dependency(BuildManifest.FileName, null, [("sha256", ManifestDigest.ToString())]));
        Write(json, new Dependency(Attestations.SbomFileName, null, [("sha256", SbomDigest.ToString())]));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, Dependency dependency)
    {
        json.WriteStartObject();
        json.WriteString("name", dependency.Name);
        if (dependency.Uri is not null)
        {
            json.WriteString("uri", dependency.Uri);
        }

        json.WriteStartObject("digest");
        foreach (var (algorithm, digest) in dependency.Digests)
        {
            json.WriteString(algorithm, digest);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A resource descriptor of in-toto.</summary>
    /// <param name="Digests">Name of the algorithm and hexadecimal digits.</param>
    internal sealed record Dependency(string Name, string? Uri, (string Algorithm, string Digest)[] Digests);
}
