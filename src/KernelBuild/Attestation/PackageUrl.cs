using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>Package URLs, by which scanners know what they look at.</summary>
/// <remarks>Source: the package-url specification, PURL-SPECIFICATION.rst and PURL-TYPES.rst (deb, generic).</remarks>
internal static class PackageUrl
{
    public static string OfDebian(string name, string version, string? architecture) =>
        $"pkg:deb/debian/{name.ToLowerInvariant()}@{Uri.EscapeDataString(version)}{(architecture is null ? "" : "?arch=" + architecture)}";

    /// <returns>Null for a folder of the builder's.</returns>
    public static string? OfSource(ManifestPart part)
    {
        var at = part.Spec.IndexOf(':', StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var name = part.Path == "." ? "linux" : Path.GetFileName(part.Path);
        var rest = part.Spec[(at + 1)..];
        return part.Spec[..at] switch
        {
            "debian" => OfDebian(rest.Split('=', '!', '@')[0].Split('/')[^1], part.Version, null),
            "git" or "repo" => $"pkg:generic/{Uri.EscapeDataString(name)}@{part.Commit}?vcs_url="
                + Uri.EscapeDataString($"git+{rest.Split('#')[0]}@{part.Commit}"),
            "archive" when part.Sha256 is { } sha256 => $"pkg:generic/{Uri.EscapeDataString(name)}@{Uri.EscapeDataString(part.Version)}?"
                + $"checksum=sha256:{sha256}&download_url={Uri.EscapeDataString(rest)}",
            _ => null,
        };
    }
}
