namespace KernelBuild.Iommu.Binding;

/// <summary>IOMMUs by the driver that serves them in Linux: grouping is the driver's decision (its device_group operation).</summary>
public enum IommuKind
{
    /// <summary>No driver known here: groups are predicted as the core forms them.</summary>
    Unknown,

    /// <summary>drivers/iommu/arm/arm-smmu: SMMU versions 1 and 2, MMU-400, MMU-401, MMU-500 and their variants.</summary>
    Smmu,

    /// <summary>drivers/iommu/arm/arm-smmu-v3.</summary>
    SmmuV3,

    /// <summary>drivers/iommu/virtio-iommu.c.</summary>
    Virtio,

    /// <summary>drivers/iommu/rockchip-iommu.c: one group for each IOMMU.</summary>
    Rockchip,

    /// <summary>drivers/iommu/mtk_iommu.c: groups by bank or by IOVA region.</summary>
    MediaTek,

    /// <summary>drivers/iommu/ipmmu-vmsa.c: one group for each IOMMU.</summary>
    Renesas,

    /// <summary>drivers/iommu/sun50i-iommu.c: one group for each IOMMU.</summary>
    Allwinner,

    /// <summary>drivers/iommu/sprd-iommu.c: one group for each IOMMU.</summary>
    Spreadtrum,

    /// <summary>drivers/iommu/arm/arm-smmu/qcom_iommu.c: a group for each device.</summary>
    QcomIommu,

    /// <summary>drivers/iommu/msm_iommu.c: a group for each device.</summary>
    MsmIommu,

    /// <summary>drivers/iommu/exynos-iommu.c: a group for each device; Samsung's own sysmmu drivers read samsung,iommu-group.</summary>
    Exynos,

    /// <summary>drivers/iommu/tegra-smmu.c: groups by the swgroup table.</summary>
    Tegra,

    /// <summary>drivers/iommu/apple-dart.c: groups by stream IDs.</summary>
    Dart,
}
