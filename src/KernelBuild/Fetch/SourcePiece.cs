using KernelBuild.Device;
using KernelBuild.Fetch.Signatures;

namespace KernelBuild.Fetch;

/// <summary>One source of a device, read.</summary>
/// <param name="Path">Its folder in the tree; <see cref="SourcePlan.Root"/> for the kernel's.</param>
/// <param name="Mirrors">Further addresses of the same content.</param>
internal sealed record SourcePiece(string Path, SourceItem Item, KernelSourceSpec Spec, IReadOnlyList<SourceAddress> Mirrors)
{
    /// <summary>Files of the keys of which one must have signed it; empty when nobody need have.</summary>
    public IReadOnlyList<string> SigningKeys { get; private init; } = [];

    /// <summary>Where the signature of an archive is; null for other sources, and where nobody need have signed.</summary>
    public SourceAddress? Signature { get; private init; }

    /// <exception cref="Diagnostics.DiagnosticException">KB1001.</exception>
    public static SourcePiece Of(string path, SourceItem item, string projectFolder)
    {
        var spec = KernelSourceSpec.Parse(item.Include, projectFolder);
        if (!item.Submodules && spec is not GitSpec)
        {
            throw KernelSourceSpec.Invalid(
                item.Include, "Submodules has no effect on it; only git: sources have them, and a manifest's sync-s says it of its projects");
        }

        if (item.Groups.Length > 0)
        {
            spec = spec is RepoManifestSpec manifest
                ? manifest with { Text = $"{manifest.Text} with the groups {string.Join(',', item.Groups)}", Groups = item.Groups }
                : throw KernelSourceSpec.Invalid(item.Include, "Groups has no effect on it; only repo: sources have them");
        }

        if (item.Signature.Length > 0 && (item.SigningKeys.IsEmpty || spec is not ArchiveSpec))
        {
            throw KernelSourceSpec.Invalid(item.Include, "Signature has no effect on it; it belongs to an archive: with SigningKey");
        }

        if (!item.SigningKeys.IsEmpty && spec is not (GitSpec or ArchiveSpec))
        {
            throw KernelSourceSpec.Invalid(item.Include, spec switch
            {
                DebianSpec => "SigningKey has no effect on it; apt checks the archive's signature with the keys of this host",
                RepoManifestSpec =>
                    "SigningKey has no effect on it: a manifest names many repositories, and each has signers of its own, or none; "
                    + "a project that is signed can be an item of its own, git: with the project's folder as Path; SigningKey counts there",
                _ => "SigningKey has no effect on it; only git: and archive: sources have signatures",
            });
        }

        return new SourcePiece(path, item, spec, [.. item.Mirrors.Select(mirror => KernelSourceSpec.Mirror(mirror, spec, projectFolder))])
        {
            SigningKeys = [.. item.SigningKeys.Select(file => System.IO.Path.GetFullPath(file, projectFolder))],
            Signature = spec is ArchiveSpec archive && !item.SigningKeys.IsEmpty
                ? ArchiveSignature.AddressOf(archive, item.Signature, projectFolder) : null,
        };
    }
}
