using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.BootImages.Avb.Descriptors;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// The kernel command line by which the kernel itself mounts a root file system behind dm-verity, and the one without it, as two descriptors.
/// Source: AOSP, external/avb/avbtool.py, <c>_get_cmdline_descriptors_for_hashtree_descriptor</c>.
/// </summary>
public static class VerityCommandLine
{
    private const int SectorLength = 512;
    private const string Device = "PARTUUID=$(ANDROID_SYSTEM_PARTUUID)";
    private const uint OnlyWithTrees = 1;
    private const uint OnlyWithoutTrees = 2;
    private const uint CheckAtMostOnce = 2;

    /// <summary>The first counts while hash trees are checked, the second while they are not.</summary>
    public static ImmutableArray<AvbDescriptor> For(HashtreeDescriptor tree)
    {
        var blocks = tree.ImageSize / tree.DataBlockSize;
        var once = (tree.Flags & CheckAtMostOnce) != 0;
        var options = (tree.FecRoots > 0 ? 10 : 2) + (once ? 1 : 0);
        var fec = tree.FecOffset / tree.DataBlockSize;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"dm=\"1 vroot none ro 1,0 {tree.ImageSize / SectorLength} verity {tree.VerityVersion} {Device} {Device} {tree.DataBlockSize} "
            + $"{tree.HashBlockSize} {blocks} {blocks} {tree.HashAlgorithm} {Convert.ToHexStringLower(tree.RootDigest.Span)} "
            + $"{Convert.ToHexStringLower(tree.Salt.Span)} {options}{(once ? " check_at_most_once" : "")} $(ANDROID_VERITY_MODE) "
            + $"ignore_zero_blocks");
        if (tree.FecRoots > 0)
        {
            text += string.Create(
                CultureInfo.InvariantCulture,
                $" use_fec_from_device {Device} fec_roots {tree.FecRoots} fec_blocks {fec} fec_start {fec}");
        }

        return
        [
            KernelCommandLineDescriptor.Create(text + "\" root=/dev/dm-0", OnlyWithTrees),
            KernelCommandLineDescriptor.Create($"root={Device}", OnlyWithoutTrees),
        ];
    }
}
