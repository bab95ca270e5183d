using System.Collections.Frozen;
using System.Collections.Immutable;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Groups of MediaTek's M4U: by IOVA region or bank of the SoC, over all M4Us that share one page table. A stream ID is a local arbiter
/// (larb) in bits 5 to 9 and its port below. Source: drivers/iommu/mtk_iommu.c, mtk_iommu_device_group, mtk_iommu_get_iova_region_id,
/// mtk_iommu_get_bank_id; the regions from its tables …_larb_region_msk.
/// </summary>
internal static class MediaTekGroups
{
    private const uint AllPorts = uint.MaxValue;

    /// <summary>mtk_iommu_v1.c, which gives every device a group of its own.</summary>
    private const string First = "mediatek,mt2701-m4u";

    /// <summary>M4Us that share a page table since 5.19; before, all of a machine do. Source: SHARE_PGTABLE and m4ulist.</summary>
    private static readonly FrozenSet<string> _sharing = FrozenSet.Create(
        StringComparer.Ordinal, "mediatek,mt2712-m4u", "mediatek,mt8188-iommu-vdo", "mediatek,mt8188-iommu-vpp", "mediatek,mt8195-iommu-vdo",
        "mediatek,mt8195-iommu-vpp");

    /// <summary>By compatible; none for one region that everything is in.</summary>
    private static readonly FrozenDictionary<string, ImmutableArray<Region>> _regions = Regions();

    private static readonly KernelVersion _firstRegions = new(5, 12);
    private static readonly KernelVersion _firstSharing = new(5, 19);

    /// <param name="provider">Whose kind is <see cref="IommuKind.MediaTek"/>.</param>
    /// <param name="streams">Of the device, in the order of its iommus.</param>
    /// <param name="all">Every IOMMU of the machine.</param>
    public static DriverGroup Of(IommuProvider provider, ImmutableArray<StreamId> streams, IEnumerable<IommuProvider> all, KernelVersion kernel)
    {
        var compatibles = provider.Node.Node.Strings("compatible").ToArray();
        if (compatibles.Contains(First))
        {
            return DriverGroup.Own;
        }

        if (compatibles.FirstOrDefault(_regions.ContainsKey) is not { } compatible)
        {
            return DriverGroup.NotModelled($"the IOVA regions of {compatibles.FirstOrDefault()} are not known here");
        }

        var list = kernel < _firstSharing || _sharing.Contains(compatible)
            ? all.Where(other => other.Kind == IommuKind.MediaTek && (kernel < _firstSharing || IsSharing(other)))
                .OrderBy(other => other.Path, StringComparer.Ordinal).First().Node
            : provider.Node;
        if (kernel < _firstRegions)
        {
            return DriverGroup.Shared(list, 0, "before 5.12 all devices behind the M4U share one group");
        }

        var larb = streams.IsEmpty ? 0 : (streams[0].Id >> 5) & 0x1f;
        var ports = streams.Aggregate(0u, (mask, stream) => mask | (1u << (int)(stream.Id & 0x1f)));
        var regions = _regions[compatible];
        if (regions.IsEmpty)
        {
            return DriverGroup.Shared(list, 0, $"all devices behind {provider.Path} share one group: the SoC has one IOVA region");
        }

        if (regions[0].Larb is null)
        {
            var bank = regions.FirstOrDefault(one => (one.Ports & ports) != 0).Id;
            return DriverGroup.Shared(list, bank, $"bank {bank} of {provider.Path} is one group");
        }

        var region = regions.FirstOrDefault(one => one.Larb == larb && (one.Ports & ports) == ports);
        return region.Ports != 0
            ? DriverGroup.Shared(list, region.Id, $"IOVA region {region.Id} of the SoC is one group, and larb {larb} is in it")
            : DriverGroup.Refused($"larb {larb} with the ports 0x{ports:x} is in no IOVA region of the SoC: -22");
    }

    private static bool IsSharing(IommuProvider provider) => provider.Node.Node.Strings("compatible").Any(_sharing.Contains);

    private static FrozenDictionary<string, ImmutableArray<Region>> Regions()
    {
        ImmutableArray<Region> mt8186 =
        [
            .. All(0, 0, 1, 2), .. All(1, 4, 7), .. All(2, 8, 9, 11, 16, 17, 19, 20), new(2, 13, AllPorts & ~Ports(9, 10)), new(4, 13, Ports(9, 10)),
            .. All(5, 14),
        ];
        ImmutableArray<Region> mt8188 =
        [
            .. All(0, 0, 1, 2, 3), .. All(1, 21, 22, 23), .. All(2, [.. Enumerable.Range(4, 17), 25]), new(4, 24, Ports(0, 1)), new(5, 24, Ports(2, 3)),
        ];
        ImmutableArray<Region> mt8192 =
        [
            .. All(0, 0, 1), .. All(1, 4, 5, 7), .. All(2, 2, 9, 11, 16, 17, 18, 19, 20), new(2, 13, AllPorts & ~Ports(9, 10)),
            new(2, 14, AllPorts & ~Ports(4, 5)), new(4, 13, Ports(9, 10)), new(5, 14, Ports(4, 5)),
        ];
        ImmutableArray<Region> mt8195 =
        [
            .. All(0, 0, 1, 2, 3), .. All(1, [.. Enumerable.Range(19, 6)]), .. All(2, [.. Enumerable.Range(4, 14), .. Enumerable.Range(25, 4)]),
            new(4, 18, Ports(0, 1)), new(5, 18, Ports(2, 3)),
        ];
        var regions = new Dictionary<string, ImmutableArray<Region>>(StringComparer.Ordinal)
        {
            ["mediatek,mt8186-iommu-mm"] = mt8186,
            ["mediatek,mt8188-iommu-vdo"] = mt8188,
            ["mediatek,mt8188-iommu-vpp"] = mt8188,
            ["mediatek,mt8192-m4u"] = mt8192,
            ["mediatek,mt8195-iommu-vdo"] = mt8195,
            ["mediatek,mt8195-iommu-vpp"] = mt8195,

            // PCIe is bank 0, USB bank 4
            ["mediatek,mt8195-iommu-infra"] = [new(0, null, Ports(16, 17, 18, 19)), new(4, null, Ports([.. Enumerable.Range(20, 12)]))],
        };
        foreach (var single in (string[])
        [
            "mediatek,mt2712-m4u", "mediatek,mt6779-m4u", "mediatek,mt6795-m4u", "mediatek,mt8167-m4u", "mediatek,mt8173-m4u",
            "mediatek,mt8183-m4u", "mediatek,mt8188-iommu-infra", "mediatek,mt8365-m4u",
        ])
        {
            regions[single] = [];
        }

        return regions.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static IEnumerable<Region> All(uint region, params int[] larbs) => larbs.Select(larb => new Region(region, (uint)larb, AllPorts));

    private static uint Ports(params int[] ports) => ports.Aggregate(0u, (mask, port) => mask | (1u << port));

    /// <param name="Id">Number of the region or bank.</param>
    /// <param name="Larb">Null for a bank, which looks at ports alone.</param>
    /// <param name="Ports">One bit each. A region takes a device all of whose ports it has, a bank one of whose.</param>
    private readonly record struct Region(uint Id, uint? Larb, uint Ports);
}
