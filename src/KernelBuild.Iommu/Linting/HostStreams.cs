using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Linting;

/// <summary>The stream IDs that a host's map can give to the functions behind it.</summary>
internal static class HostStreams
{
    private const uint LargestRequesterId = 0xffff;

    /// <summary>Ranges, first and last included, each at its IOMMU; SMMUs only, whose stream IDs are one space for all masters.</summary>
    public static IEnumerable<HostStreamRange> Of(IommuTree tree, PciHost host, KernelVersion kernel)
    {
        if (host.IsPlaceholder || (kernel.MapsByTarget ? host.ByTarget : host.FourCells) is not { } map)
        {
            yield break;
        }

        foreach (var entry in map.Entries)
        {
            if (tree.Provider(entry.Target) is not { IsAvailable: true, Kind: IommuKind.Smmu or IommuKind.SmmuV3 } provider
                || entry.Output.IsEmpty)
            {
                continue;
            }

            var mask = provider.Kind == IommuKind.SmmuV3 ? 0 : entry.Output.Length > 1 ? entry.Output[1] : provider.StreamMatchMask;
            foreach (var (first, last) in Reachable(entry, map.Mask))
            {
                yield return new HostStreamRange(
                    provider, entry.Output[0] + (first - entry.InputBase), entry.Output[0] + (last - entry.InputBase), mask);
            }
        }
    }

    /// <summary>The requester IDs that come through the mask and that the entry covers.</summary>
    private static IEnumerable<(uint First, uint Last)> Reachable(IdMapEntry entry, uint mask)
    {
        if (entry.Length == 0 || entry.InputBase > LargestRequesterId)
        {
            yield break;
        }

        var last = (uint)Math.Min((ulong)entry.InputBase + entry.Length - 1, LargestRequesterId);
        if ((mask & LargestRequesterId) == LargestRequesterId)
        {
            yield return (entry.InputBase, last);
            yield break;
        }

        // every number of the mask's bits, counted through the holes
        var bits = mask & LargestRequesterId;
        var value = 0u;
        do
        {
            if (value >= entry.InputBase && value <= last)
            {
                yield return (value, value);
            }

            value = (value - bits) & bits;
        }
        while (value != 0);
    }
}
