using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;

namespace KernelBuild.Artifacts;

/// <summary>Which store a text names.</summary>
public static class StoreAddress
{
    /// <param name="text">A folder, http(s)://, s3://, oci:// (https), oci+http://; null for the folder of the user's cache.</param>
    /// <exception cref="DiagnosticException">KB9045 for an address of another form.</exception>
#pragma warning disable CA2000 // the store owns its transport
    public static ArtifactStore Open(string? text, CacheFolder cache) => new(Transport(text, cache));
#pragma warning restore CA2000

    private static IArtifactTransport Transport(string? text, CacheFolder cache) => text switch
    {
        null => new FolderTransport(Path.Combine(cache.Path, "artifacts")),
        _ when text.StartsWith("http://", StringComparison.Ordinal) => new HttpTransport(text),
        _ when text.StartsWith("https://", StringComparison.Ordinal) => new HttpTransport(text),
        _ when text.StartsWith(S3Transport.Scheme, StringComparison.Ordinal) => new S3Transport(text),
        _ when text.StartsWith("oci://", StringComparison.Ordinal) => new OciTransport("https://" + text["oci://".Length..]),
        _ when text.StartsWith("oci+http://", StringComparison.Ordinal) => new OciTransport("http://" + text["oci+http://".Length..]),
        _ when text.Contains("://", StringComparison.Ordinal) => throw Unusable(text, "its form is not known"),
        _ => new FolderTransport(Path.GetFullPath(text)),
    };

    /// <param name="text">The address; login and tokens are left out of the finding.</param>
    public static DiagnosticException Unusable(string text, string why, Exception? inner = null)
    {
        var finding = Diagnostic.Error(
            DiagnosticCodes.ArtifactStoreUnusable, $"the artifact store {SourceAddress.Redacted(text)} cannot be used: {why}",
            "give a folder, http(s)://HOST/PATH, s3://BUCKET/PREFIX, oci://REGISTRY/REPOSITORY or oci+http://REGISTRY/REPOSITORY");
        return inner is null ? new DiagnosticException(finding) : new DiagnosticException(finding, inner);
    }
}
