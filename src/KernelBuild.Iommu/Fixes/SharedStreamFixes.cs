using System.Globalization;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>Fixes for an iommu-map that gives several requester IDs one stream ID: each gets one that nobody uses.</summary>
internal static class SharedStreamFixes
{
    private const uint LargestOfSmmu = 0xffff;

    public static IEnumerable<GroupFix> Find(FixSituation situation)
    {
        var hosts = situation.Device is not null && situation.Before.Of(situation.Device)?.Function is { } device
            ? [situation.HostOf(device.Address.Domain)]
            : situation.Members.Select(member => member.Address.Domain).Distinct().Select(situation.HostOf);
        foreach (var host in hosts.OfType<PciHost>().Distinct())
        {
            var map = situation.Options.Kernel.MapsByTarget ? host.ByTarget : host.FourCells;
            if (map is null || (map.Mask & LargestOfSmmu) != LargestOfSmmu || map.Entries.IsEmpty
                || map.Entries.Any(entry => entry.Target is null || entry.Output.IsEmpty))
            {
                continue;
            }

            var moved = Moved(situation, host, map);
            if (moved.Count > 0)
            {
                yield return Fix(
                    situation, host, "iommu-map", CellsWith(map, moved),
                    $"give {string.Join(", ", moved.Select(Text))} in {host.Path}:iommu-map, which no other device has");
            }

            if (NewBase(situation, host, map) is { } shift)
            {
                yield return Fix(
                    situation, host, "iommu-map-base", Cells(map.Entries.Select(entry => (entry.InputBase, entry, entry.Output[0]
                        + shift, entry.Length))),
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"give {host.Path} stream IDs of its own, from 0x{map.Entries.Min(entry => entry.Output[0]) + shift:x} on: its "
                            + $"iommu-map has those of another host"));
            }
        }
    }

    private static string Text(KeyValuePair<uint, uint> move) =>
        string.Create(CultureInfo.InvariantCulture, $"{new RequesterId((ushort)move.Key)} the stream ID 0x{move.Value:x}");

    private static GroupFix Fix(FixSituation situation, PciHost host, string name, uint[] cells, string title)
    {
        var programmed = QualcommHosts.IsProgrammedRight(host, situation.Options.Kernel);
        return DeviceTreeFixes.Change(
            situation, host.Node, DeviceTreeProperty.FromCells("iommu-map", cells), name, title,
            programmed ? FixVerdict.EnforcedByHardware : FixVerdict.AssertedOnly,
            programmed
                ? "Linux programs the host bridge's table of stream IDs from these entries (pcie-qcom.c: qcom_pcie_config_sid_1_9_0)."
                : "True only if the hardware sends this stream ID: check with the board's documentation, or watch for faults of unknown "
                + "streams.");
    }

    /// <summary>New stream IDs, by requester ID: of those that share one, all but the lowest of the device's.</summary>
    private static SortedDictionary<uint, uint> Moved(FixSituation situation, PciHost host, IdMap map)
    {
        var moved = new SortedDictionary<uint, uint>();
        var functions = situation.Topology.Functions.Where(function => ReferenceEquals(situation.HostOf(function.Address.Domain), host));
        var used = Used(situation, map.Entries[0].Target!).ToList();
        foreach (var sharing in functions.Select(function => (Function: function, Entry: EntryOf(map, function.Address.Rid.Value)))
            .Where(one => one.Entry is not null)
            .GroupBy(one => (one.Entry!.Target, Stream: Stream(one.Entry, one.Function.Address.Rid.Value)))
            .Where(group => group.Select(one => one.Function.Address.Rid).Distinct().Count() > 1
                && (situation.Device is null || group.Any(one => one.Function.Address.ToString() == situation.Device))))
        {
            foreach (var (function, _) in sharing.Skip(1))
            {
                if (FirstFree(used, sharing.Key.Stream) is var free && free <= Largest(situation, map))
                {
                    used.Add((free, free));
                    moved[function.Address.Rid.Value] = (uint)free;
                }
            }
        }

        return moved;
    }

    /// <summary>The lowest number from a given one on that is in no range.</summary>
    private static ulong FirstFree(List<(ulong First, ulong Last)> used, ulong from)
    {
        foreach (var (first, last) in used.OrderBy(range => range.First))
        {
            from = first <= from && from <= last ? last + 1 : from;
        }

        return from;
    }

    /// <summary>SMMUv2 has stream IDs of 16 bits, the map of 32.</summary>
    private static ulong Largest(FixSituation situation, IdMap map) =>
        situation.Tree.Provider(map.Entries[0].Target)?.Kind == IommuKind.Smmu ? LargestOfSmmu : uint.MaxValue;

    /// <summary>How far the stream IDs of a host must move to be its own; null where they are, or where there is no room.</summary>
    private static uint? NewBase(FixSituation situation, PciHost host, IdMap map)
    {
        var others = situation.Tree.Hosts.Where(other => !ReferenceEquals(other, host) && other.Node.IsReachable)
            .Select(other => situation.Options.Kernel.MapsByTarget ? other.ByTarget : other.FourCells).OfType<IdMap>()
            .SelectMany(other => other.Entries).Where(entry => ReferenceEquals(entry.Target, map.Entries[0].Target))
            .Select(entry => (First: (ulong)entry.Output[0], Last: (ulong)entry.Output[0] + entry.Length - 1)).ToArray();
        var first = (ulong)map.Entries.Min(entry => entry.Output[0]);
        var last = map.Entries.Max(entry => (ulong)entry.Output[0] + entry.Length - 1);
        if (!others.Any(range => range.First <= last && range.Last >= first))
        {
            return null;
        }

        var size = 1ul;
        while (size < last - first + 1)
        {
            size <<= 1;
        }

        var above = Used(situation, map.Entries[0].Target!).Max(range => range.Last) + 1;
        var start = (above + size - 1) / size * size;
        return start + (last - first) <= Largest(situation, map) ? (uint)(start - first) : null;
    }

    /// <summary>The stream IDs that the tree gives to anything at an IOMMU.</summary>
    private static IEnumerable<(ulong First, ulong Last)> Used(FixSituation situation, LocatedNode iommu) =>
        situation.Tree.Hosts
            .Select(host => situation.Options.Kernel.MapsByTarget ? host.ByTarget : host.FourCells).OfType<IdMap>()
            .SelectMany(map => map.Entries)
            .Where(entry => ReferenceEquals(entry.Target, iommu))
            .Select(entry => ((ulong)entry.Output[0], (ulong)entry.Output[0] + Math.Max(entry.Length, 1) - 1))
            .Concat(situation.Tree.Masters.SelectMany(master => master.Iommus)
                .Where(argument => ReferenceEquals(argument.Target, iommu) && argument.Cells.Length > 0)
                .Select(argument => ((ulong)argument.Cells[0], (ulong)(argument.Cells[0] | (argument.Cells.Length > 1
                    ? argument.Cells[1] : 0)))));

    private static IdMapEntry? EntryOf(IdMap map, uint id) =>
        map.Entries.FirstOrDefault(entry => id >= entry.InputBase && id - entry.InputBase < entry.Length);

    private static uint Stream(IdMapEntry entry, uint id) => id - entry.InputBase + entry.Output[0];

    /// <summary>The map, entries being divided at the requester IDs that get another stream ID.</summary>
    private static uint[] CellsWith(IdMap map, SortedDictionary<uint, uint> moved)
    {
        var pieces = new List<(uint Input, IdMapEntry Entry, uint Output, uint Length)>();
        foreach (var entry in map.Entries)
        {
            ulong from = entry.InputBase;
            var end = from + entry.Length;
            foreach (var (id, stream) in moved.Where(move => ReferenceEquals(EntryOf(map, move.Key), entry)))
            {
                if (id > from)
                {
                    pieces.Add(((uint)from, entry, Stream(entry, (uint)from), (uint)(id - from)));
                }

                pieces.Add((id, entry, stream, 1));
                from = (ulong)id + 1;
            }

            if (end > from)
            {
                pieces.Add(((uint)from, entry, Stream(entry, (uint)from), (uint)(end - from)));
            }
        }

        return Cells(pieces);
    }

    private static uint[] Cells(IEnumerable<(uint Input, IdMapEntry Entry, uint Output, uint Length)> pieces) =>
        [.. pieces.SelectMany(piece => (uint[])[piece.Input, piece.Entry.Phandle, piece.Output, .. piece.Entry.Output.Skip(1),
            piece.Length])];
}
