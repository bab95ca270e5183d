using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>
/// What differs in meaning between two trees: order does not count, and references are compared by the nodes
/// they mean, because phandles are renumbered by every compilation.
/// </summary>
public static class DeviceTreeComparison
{
    /// <summary>The differences, nodes in the order of the trees; empty for trees that mean the same.</summary>
    public static ImmutableArray<DeviceTreeChange> Compare(DeviceTree before, DeviceTree after)
    {
        var changes = ImmutableArray.CreateBuilder<DeviceTreeChange>();
        foreach (var gone in before.Reservations.Except(after.Reservations))
        {
            changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.ReservationChanged, "/", null, Text(gone)));
        }

        foreach (var added in after.Reservations.Except(before.Reservations))
        {
            changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.ReservationChanged, "/", null, null, Text(added)));
        }

        new NodeComparison(new ComparedTree(before), new ComparedTree(after), changes).Run();
        return changes.DrainToImmutable();
    }

    private static string Text(MemoryReservation reservation) =>
        string.Create(CultureInfo.InvariantCulture, $"/memreserve/ 0x{reservation.Address:x} 0x{reservation.Size:x}");
}
