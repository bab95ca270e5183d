using System.Globalization;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>What apt's signed lists say of one version of a package.</summary>
/// <param name="Size">Bytes of the .deb.</param>
internal sealed record PackageStanza(string Version, Sha256Digest Sha256, long Size)
{
    /// <summary>The first stanza of <c>apt-cache show</c>; null when it lacks a field.</summary>
    public static PackageStanza? Parse(IReadOnlyList<string> lines)
    {
        string? version = null;
        Sha256Digest digest = default;
        long size = 0;
        foreach (var line in lines)
        {
            if (line.Length == 0)
            {
                break;
            }

            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            switch (colon > 0 ? line[..colon] : "")
            {
                case "Version":
                    version = line[(colon + 2)..];
                    break;
                case "SHA256":
                    _ = Sha256Digest.TryParse(line[(colon + 2)..].Trim(), out digest);
                    break;
                case "Size":
                    _ = long.TryParse(line.AsSpan(colon + 2), NumberStyles.None, CultureInfo.InvariantCulture, out size);
                    break;
            }
        }

        return version is null || digest == default ? null : new PackageStanza(version, digest, size);
    }
}
