using KernelBuild.Device;

namespace KernelBuild.Fetch;

/// <summary>One source of a device, read.</summary>
/// <param name="Path">Its folder in the tree; <see cref="SourcePlan.Root"/> for the kernel's.</param>
/// <param name="Mirrors">Further addresses of the same content.</param>
internal sealed record SourcePiece(string Path, SourceItem Item, KernelSourceSpec Spec, IReadOnlyList<SourceAddress> Mirrors)
{
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

        return new SourcePiece(path, item, spec, [.. item.Mirrors.Select(mirror => KernelSourceSpec.Mirror(mirror, spec, projectFolder))]);
    }
}
