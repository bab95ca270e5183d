using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Fixes;

/// <summary>
/// Fixes for devices of the platform that have a stream ID in common: the one that is asked for gets IDs that nobody has. Which IDs a
/// device sends is
/// wired, or set by firmware: so this is only ever asserted.
/// </summary>
internal static class PlatformStreamFixes
{
    private const uint LargestOfSmmu = 0xffff;

    public static IEnumerable<GroupFix> Find(FixSituation situation)
    {
        if (situation.Device is null || situation.Before.Of(situation.Device) is not { Function: null, Node: { } node } decision
            || situation.Tree.Masters.FirstOrDefault(master => ReferenceEquals(master.Node, node)) is not { Error: null } master
            || !node.Node.TryGetProperty("iommus", out var property) || !property.TryGetCells(out var cells))
        {
            yield break;
        }

        // of a device without a group the stream is another's; of one in a group it may be
        var used = Used(situation, master).ToList();
        var changed = Changed(situation, master, cells, used, out var moved);
        if (moved.Count > 0)
        {
            yield return DeviceTreeFixes.Change(
                situation, node, DeviceTreeProperty.FromCells("iommus", changed), "iommus",
                $"give {decision.Device} stream IDs of its own: {string.Join(", ", moved)}", FixVerdict.AssertedOnly,
                "True only if the hardware sends them: which stream IDs a device sends is wired, or set by the firmware; check with the board's "
                + "documentation, or watch for faults of unknown streams.");
        }
    }

    /// <summary>The cells of iommus, with a free stream ID for each that another device has, too.</summary>
    private static uint[] Changed(
        FixSituation situation, PlatformMaster master, ImmutableArray<uint> cells, List<Stream> used, out List<string> moved)
    {
        moved = [];
        uint[] changed = [.. cells];
        var at = 0;
        foreach (var argument in master.Iommus)
        {
            var first = at + 1;
            at += 1 + argument.Cells.Length;
            if (situation.Tree.Provider(argument.Target) is not { Kind: IommuKind.Smmu or IommuKind.SmmuV3 } provider || argument.Cells.IsEmpty
                || first >= changed.Length)
            {
                continue;
            }

            var stream = StreamOf(provider, argument.Cells);
            if (!used.Exists(other => other.Meets(stream)))
            {
                continue;
            }

            var largest = provider.Kind == IommuKind.Smmu ? LargestOfSmmu : uint.MaxValue - 1;
            for (var id = (ulong)stream.Id + 1; id <= largest; id++)
            {
                var candidate = stream with { Id = (uint)id };
                if ((id & stream.Mask) == (stream.Id & stream.Mask) && !used.Exists(other => other.Meets(candidate)))
                {
                    moved.Add(string.Create(CultureInfo.InvariantCulture, $"0x{id:x} instead of 0x{stream.Id:x}"));
                    changed[first] = (uint)id;
                    used.Add(candidate);
                    break;
                }
            }
        }

        return changed;
    }

    /// <summary>The streams of all other devices, and those that hosts may give.</summary>
    private static IEnumerable<Stream> Used(FixSituation situation, PlatformMaster own) =>
        situation.Tree.Masters.Where(master => !ReferenceEquals(master, own))
            .SelectMany(master => master.Iommus)
            .Where(argument => argument.Cells.Length > 0)
            .Select(argument => (Provider: situation.Tree.Provider(argument.Target), argument.Cells))
            .Where(argument => argument.Provider is not null)
            .Select(argument => StreamOf(argument.Provider!, argument.Cells))
            .Concat(situation.Before.Decisions.Where(decision => decision is { Function: not null, Provider: not null })
                .SelectMany(decision => decision.Streams.Select(stream => new Stream(decision.Provider!, stream.Id, stream.Mask))));

    private static Stream StreamOf(IommuProvider provider, ImmutableArray<uint> cells) => provider.Kind == IommuKind.Smmu
        ? new Stream(provider, cells[0] & LargestOfSmmu, (cells.Length > 1 ? cells[1] : provider.StreamMatchMask) & LargestOfSmmu)
        : new Stream(provider, cells[0], 0);

    /// <summary>Stream IDs at an IOMMU: those that differ from <paramref name="Id"/> in bits of the mask only.</summary>
    private readonly record struct Stream(IommuProvider Provider, uint Id, uint Mask)
    {
        public bool Meets(Stream other) => ReferenceEquals(Provider, other.Provider) && new StreamId(Id, Mask).Meets(new StreamId(other.Id, other.Mask));
    }
}
