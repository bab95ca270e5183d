namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>How many cells an element of an id map has.</summary>
public enum IdMapWidth
{
    /// <summary>
    /// Always 4: input, target, output, length. Linux up to 6.12 reads <c>iommu-map</c> so whatever #iommu-cells is; <c>msi-map</c> is so
    /// everywhere.
    /// </summary>
    Four,

    /// <summary>3 and as many as the target's #…-cells: Linux 7.2, drivers/of/base.c, of_map_id with of_check_bad_map.</summary>
    ByTarget,
}
