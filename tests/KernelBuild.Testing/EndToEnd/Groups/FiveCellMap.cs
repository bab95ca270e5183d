using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>
/// The map of a machine behind the stand-in as 7.x wants it: #iommu-cells is 2, so an element has five cells, and covers one ID only
/// (drivers/of/base.c, of_map_id: "cannot handle %d-ID range"). A few get masks of their own.
/// </summary>
public static class FiveCellMap
{
    private const uint LastBus = 0x20;
    private const uint LastSlotBelowPorts = 4;

    public static LabMachine Of(LabMachine machine)
    {
        var host = new IommuTree(machine.Tree).Hosts.Single();
        var random = new Random(machine.Devices.Length);
        uint[] masks = [1, 3, 0x10, 0xff];
        var cells = new List<uint>();
        foreach (var entry in host.FourCells!.Entries)
        {
            foreach (var id in Ids().Where(id =>
                id >= entry.InputBase && id - entry.InputBase < entry.Length && (id & ~host.FourCells.Mask) == 0))
            {
                cells.AddRange(
                    [id, entry.Phandle, entry.Output[0] + (id - entry.InputBase), random.Next(12) == 0 ? masks[random.Next(4)] : 0, 1]);
            }
        }

        return machine with
        {
            Tree = machine.Tree.WithProperty(host.Path, DeviceTreeProperty.FromCells("iommu-map", cells)),
            What = machine.What + ", five cells",
        };
    }

    /// <summary>Those that functions of a random topology can have.</summary>
    private static IEnumerable<uint> Ids() =>
        Enumerable.Range(0, 0x100).Select(id => (uint)id)
            .Concat(from bus in Enumerable.Range(1, (int)LastBus)
                    from place in Enumerable.Range(0, (int)(LastSlotBelowPorts + 1) * 8)
                    select ((uint)bus << 8) | (uint)place);
}
