using System.Collections.Immutable;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Differences;

/// <summary>Structures around the IOMMU in the types of two kernels.</summary>
internal static class LayoutComparison
{
    private static readonly string[] _structs =
    [
        "iommu_ops", "iommu_domain_ops", "iommu_domain", "iommu_group", "iommu_device", "iommu_fwspec", "dev_iommu", "device", "pci_dev", "pci_bus",
        "pci_host_bridge", "dma_map_ops", "bus_type", "arm_smmu_device", "arm_smmu_domain", "arm_smmu_master", "vfio_device", "vfio_group", "vfio_pci_core_device",
    ];

    public static (ImmutableArray<LayoutDifference> Differences, string Source) Of(KernelImage from, KernelImage to)
    {
        if (!TypeTable.TryFind(from.Bytes, out var one, out _) || !TypeTable.TryFind(to.Bytes, out var other, out _))
        {
            return ([], "unknown");
        }

        var (first, second) = (new TypeCatalog(one), new TypeCatalog(other));
        return (
            [.. _structs.Select(name => Compare(name, first.Find("struct " + name), second.Find("struct " + name))).OfType<LayoutDifference>()], "types");
    }

    /// <summary>Two files may have a structure of one name each: then nothing says which is meant.</summary>
    private static LayoutDifference? Compare(string name, ImmutableArray<TypeDescription> from, ImmutableArray<TypeDescription> to)
    {
        if (from is not [var one] || to is not [var other] || one.Text == other.Text)
        {
            return null;
        }

        var (before, after) = (one.Members.Select(Text).ToHashSet(StringComparer.Ordinal), other.Members.Select(Text).ToHashSet(StringComparer.Ordinal));
        return before.SetEquals(after) && one.Size == other.Size
            ? null
            : new LayoutDifference(
                "struct " + name, one.Size ?? 0, other.Size ?? 0, [.. other.Members.Select(Text).Where(member => !before.Contains(member))],
                [.. one.Members.Select(Text).Where(member => !after.Contains(member))]);
    }

    private static string Text(MemberDescription member) => member.Name.Length == 0 ? member.Type : $"{member.Name}: {member.Type}";
}
