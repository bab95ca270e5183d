using System.Collections.Frozen;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Binding;

/// <summary>
/// Which driver a node gets by its compatible. Source: the of_match tables of the drivers named in <see cref="IommuKind"/>.
/// </summary>
public static class IommuCompatibles
{
    private static readonly FrozenDictionary<string, IommuKind> Exact = new Dictionary<string, IommuKind>(StringComparer.Ordinal)
    {
        ["arm,smmu-v1"] = IommuKind.Smmu,
        ["arm,smmu-v2"] = IommuKind.Smmu,
        ["arm,mmu-400"] = IommuKind.Smmu,
        ["arm,mmu-401"] = IommuKind.Smmu,
        ["arm,mmu-500"] = IommuKind.Smmu,
        ["cavium,smmu-v2"] = IommuKind.Smmu,
        ["nvidia,smmu-500"] = IommuKind.Smmu,
        ["qcom,smmu-v2"] = IommuKind.Smmu,
        ["qcom,smmu-500"] = IommuKind.Smmu,
        ["qcom,adreno-smmu"] = IommuKind.Smmu,
        ["qcom,qsmmu-v500"] = IommuKind.Smmu,
        ["arm,smmu-v3"] = IommuKind.SmmuV3,
        ["virtio,pci-iommu"] = IommuKind.Virtio,
        ["pci1af4,1057"] = IommuKind.Virtio,
        ["rockchip,iommu"] = IommuKind.Rockchip,
        ["rockchip,rk3568-iommu"] = IommuKind.Rockchip,
        ["renesas,ipmmu-vmsa"] = IommuKind.Renesas,
        ["allwinner,sun50i-h6-iommu"] = IommuKind.Allwinner,
        ["allwinner,sun50i-h616-iommu"] = IommuKind.Allwinner,
        ["sprd,iommu-v1"] = IommuKind.Spreadtrum,
        ["qcom,msm-iommu-v1"] = IommuKind.QcomIommu,
        ["qcom,msm-iommu-v2"] = IommuKind.QcomIommu,
        ["qcom,apq8064-iommu"] = IommuKind.MsmIommu,
        ["samsung,exynos-sysmmu"] = IommuKind.Exynos,
        ["samsung,sysmmu-v8"] = IommuKind.Exynos,
        ["samsung,sysmmu-v9"] = IommuKind.Exynos,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The first of the node's compatibles that is known decides, as in of_match_node.</summary>
    public static IommuKind Of(DeviceTreeNode node)
    {
        foreach (var compatible in node.Strings("compatible"))
        {
            if (Exact.TryGetValue(compatible, out var kind))
            {
                return kind;
            }

            // families whose members are added with every SoC
            if (compatible.StartsWith("qcom,", StringComparison.Ordinal)
                && (compatible.EndsWith("-smmu-500", StringComparison.Ordinal)
                    || compatible.EndsWith("-smmu-v2", StringComparison.Ordinal)))
            {
                return IommuKind.Smmu;
            }

            if (compatible.StartsWith("mediatek,", StringComparison.Ordinal)
                && (compatible.Contains("-m4u", StringComparison.Ordinal) || compatible.Contains("-iommu-", StringComparison.Ordinal)))
            {
                return IommuKind.MediaTek;
            }

            if (compatible.StartsWith("renesas,ipmmu-", StringComparison.Ordinal))
            {
                return IommuKind.Renesas;
            }

            if (compatible.StartsWith("nvidia,tegra", StringComparison.Ordinal) && compatible.EndsWith("-mc", StringComparison.Ordinal))
            {
                return IommuKind.Tegra;
            }

            if (compatible.StartsWith("apple,", StringComparison.Ordinal) && compatible.EndsWith("-dart", StringComparison.Ordinal))
            {
                return IommuKind.Dart;
            }
        }

        return IommuKind.Unknown;
    }

    /// <summary>
    /// Whether all masters of such an IOMMU share one group. Source: their device_group is generic_single_device_group, or the instance's
    /// group of old.
    /// </summary>
    public static bool HasOneGroup(IommuKind kind) =>
        kind is IommuKind.Rockchip or IommuKind.Renesas or IommuKind.Allwinner or IommuKind.Spreadtrum;

    /// <summary>The kind in words, for explanations.</summary>
    public static string NameOf(IommuKind kind) => kind switch
    {
        IommuKind.Smmu => "SMMUv2 (arm-smmu)",
        IommuKind.SmmuV3 => "SMMUv3 (arm-smmu-v3)",
        IommuKind.Virtio => "virtio-iommu",
        IommuKind.Rockchip => "Rockchip IOMMU",
        IommuKind.MediaTek => "MediaTek M4U",
        IommuKind.Renesas => "Renesas IPMMU",
        IommuKind.Allwinner => "Allwinner IOMMU",
        IommuKind.Spreadtrum => "Spreadtrum IOMMU",
        IommuKind.QcomIommu => "qcom_iommu",
        IommuKind.MsmIommu => "msm_iommu",
        IommuKind.Exynos => "Exynos SysMMU",
        IommuKind.Tegra => "Tegra SMMU",
        IommuKind.Dart => "Apple DART",
        _ => "IOMMU of unknown driver",
    };
}
