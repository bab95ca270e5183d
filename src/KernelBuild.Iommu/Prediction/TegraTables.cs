using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The swgroups that Tegra's SoCs put into one group. Source: drivers/memory/tegra/tegra30.c, tegra114.c, tegra124.c and tegra210.c,
/// tegra…_groups;
/// include/dt-bindings/memory/tegra…-mc.h; the same in 5.10, 6.1 and 6.12.
/// </summary>
internal static class TegraTables
{
    /// <summary>Whether the SoC's tables are known here.</summary>
    public static bool IsKnown(IommuProvider provider) => TableOf(provider) is not null;

    /// <summary>The number of the table that a swgroup is in; null for none.</summary>
    public static int? Find(IommuProvider provider, uint swgroup) => TableOf(provider)?.Contains(swgroup) == true ? 0 : null;

    /// <summary>Each SoC has one: the clients of its display, on the older ones of all that draws.</summary>
    private static uint[]? TableOf(IommuProvider provider) => provider.Node.Node.Strings("compatible").Select(compatible =>
        (uint[]?)(compatible switch
        {
            // DC, DCB, G2, NV, NV2
            "nvidia,tegra30-mc" => [1, 2, 4, 9, 10],
            // DC, DCB, G2, NV
            "nvidia,tegra114-mc" => [1, 2, 4, 6],
            // DC, DCB, VIC
            "nvidia,tegra124-mc" or "nvidia,tegra132-mc" => [1, 2, 24],
            // DC, DCB
            "nvidia,tegra210-mc" => [1, 2],
            _ => null,
        })).FirstOrDefault(table => table is not null);
}
