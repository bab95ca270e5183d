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
            throw KernelSourceSpec.Invalid(item.Include, "Submodules has no effect on it; only git: sources have them");
        }

        return new SourcePiece(path, item, spec, [.. item.Mirrors.Select(mirror => KernelSourceSpec.Mirror(mirror, spec, projectFolder))]);
    }
}
