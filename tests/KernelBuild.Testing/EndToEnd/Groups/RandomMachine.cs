using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>A machine drawn from a seed.</summary>
public static class RandomMachine
{
    /// <summary>
    /// As many VFs as each function has, or half of them. What is bound to vfio-pci can have them without a driver of its own.
    /// Source: drivers/vfio/pci/vfio_pci.c, vfio_pci_sriov_configure; the VFs get vfio-pci with it (vfio_pci_bus_notifier).
    /// </summary>
    private const string Virtuals = """
        echo 1 > /sys/module/vfio_pci/parameters/enable_sriov
        for d in /sys/bus/pci/devices/*/sriov_totalvfs; do
          read n < $d
          echo $(((n + ROUND) / PART)) > ${d%totalvfs}numvfs
        done

        """;

    /// <summary>Even seeds have QEMU's SMMUv3, odd ones the stand-in for an SMMU-500.</summary>
    public static Task<LabMachine> CreateAsync(int seed) => CreateAsync(seed, new RandomTopology(seed));

    /// <summary>The same, and some of the devices have virtual functions.</summary>
    public static async Task<LabMachine> WithVirtualFunctionsAsync(int seed)
    {
        var part = seed % 3 == 0 ? 2 : 1;
        var machine = await CreateAsync(seed, new RandomTopology(seed) { HasVirtualFunctions = true });
        return machine with
        {
            What = machine.What + ", virtual functions",
            After = Virtuals.Replace("ROUND", Text($"{part - 1}"), StringComparison.Ordinal)
                .Replace("PART", Text($"{part}"), StringComparison.Ordinal),
        };
    }

    /// <summary>
    /// Behind a virtio-iommu, which is a PCI function itself and comes up when the bus has been scanned. QEMU's knows no devices of the
    /// platform, and those behind bridges to conventional PCI not by their own IDs.
    /// </summary>
    public static async Task<LabMachine> WithVirtioIommuAsync(int seed)
    {
        var (tree, what) = OnVirtioIommu(await Lab.TreeAsync(LabIommu.Virtio), new Random(seed));
        return new LabMachine(
            LabIommu.Virtio, new RandomTopology(seed) { HasConventionalBuses = false }.Create(), tree,
            Text($"seed {seed}, virtio-iommu, {what}"))
        {
            // a busy host may take longer to the module than Linux waits for it: drivers/base/dd.c, driver_deferred_probe_timeout
            CommandLine = "fw_devlink.strict=1 deferred_probe_timeout=600",
        };
    }

    private static async Task<LabMachine> CreateAsync(int seed, RandomTopology topology)
    {
        var random = new Random(seed);
        var iommu = seed % 2 == 0 ? LabIommu.SmmuV3 : LabIommu.StandIn;
        var tree = await Lab.TreeAsync(iommu);
        var (changed, what) = iommu == LabIommu.SmmuV3 ? OnSmmuV3(tree, random) : OnStandIn(tree, random);
        var phandle = iommu == LabIommu.StandIn
            ? StandIn.Phandle
            : tree.Root.Children.Single(node => node.IsCompatibleWith("arm,smmu-v3")).Phandle!.Value;
        var masters = random.Next(PlatformMasters.Most + 1);
        for (var i = 0; i < masters; i++)
        {
            changed = PlatformMasters.Add(changed, Iommus(iommu, phandle, random));
        }

        return new LabMachine(
            iommu, topology.Create(), changed,
            string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}, {(iommu == LabIommu.StandIn ? "SMMU-500 stand-in" : "SMMUv3")}, {what}, {masters} devices of the platform"));
    }

    /// <summary>Cells of <c>iommus</c>: few stream IDs and, on SMMUv2, wide masks, so that they meet each other and those of PCI.</summary>
    private static List<uint> Iommus(LabIommu iommu, uint phandle, Random random)
    {
        uint[] masks = [0, 0, 0, 1, 3, 0x10, 0xff];
        var cells = new List<uint>();
        for (var stream = random.Next(1, 4); stream > 0; stream--)
        {
            cells.AddRange([phandle, random.Next(3) == 0 ? (uint)random.Next(0x100, 0x108) : (uint)random.Next(0x40, 0x4c)]);
            if (iommu == LabIommu.StandIn)
            {
                cells.Add(masks[random.Next(masks.Length)]);
            }
        }

        return cells;
    }

    private static (DeviceTree Tree, string What) OnSmmuV3(DeviceTree tree, Random random)
    {
        var host = new IommuTree(tree).Hosts.Single();
        var phandle = host.FourCells!.Entries[0].Phandle;
        var bus = (uint)random.Next(1, 8) << 8;
        return random.Next(12) switch
        {
            0 => (Map(0, phandle, 0, bus, bus + 0x100, phandle, bus + 0x100, 0xff00 - bus), Text($"bus {bus >> 8} left out")),
            1 => (Map(0, phandle, 0x8000, bus), Text($"buses below {bus >> 8} only")),
            2 => (With("iommu-map-mask", 0xfff8), "functions masked"),
            3 => (With("iommu-map-mask", 0xff00), "devices masked"),
            4 => (With("iommu-map-mask", 0), "everything masked"),
            5 =>
                (Map(0x100, phandle, 0x200, 0x100, 0x200, phandle, 0x100, 0x100, 0, phandle, 0, 0x10000),
                    "buses exchanged, overlapping entries"),
            6 => (Map(0, phandle, 0, 0x300, 0x300, phandle, 0x100, 0xfd00), "two buses on the same stream IDs"),
            7 => (Map(0, phandle, 0, 0x100, bus + 8, phandle, bus + 8, 0x80), "the root bus and a part of another"),
            8 => (Map(0, phandle, 0x4000, 0x8000), "stream IDs from 0x4000"),
            _ => (tree, "whole map"),
        };

        DeviceTree Map(params uint[] cells) => With("iommu-map", cells);

        DeviceTree With(string property, params uint[] cells) =>
            tree.WithProperty(host.Path, DeviceTreeProperty.FromCells(property, cells));
    }

    /// <summary>
    /// Maps that keep an ID as it is: QEMU refuses endpoints that it does not know, and it knows each by its requester ID.
    /// </summary>
    private static (DeviceTree Tree, string What) OnVirtioIommu(DeviceTree tree, Random random)
    {
        var host = new IommuTree(tree).Hosts.Single();
        var phandle = host.FourCells!.Entries[0].Phandle;
        var bus = (uint)random.Next(1, 8) << 8;
        return random.Next(4) switch
        {
            0 => (
                Map(0x100, phandle, 0x100, bus - 0x100, bus + 0x100, phandle, bus + 0x100, 0xff00 - bus),
                Text($"the root bus and bus {bus >> 8} left out")),
            1 => (Map(0, phandle, 0, 0xf8, 0x100, phandle, 0x100, bus), Text($"buses up to {bus >> 8} only")),
            _ => (tree, "whole map but the IOMMU"),
        };

        DeviceTree Map(params uint[] cells) => tree.WithProperty(host.Path, DeviceTreeProperty.FromCells("iommu-map", cells));
    }

    private static (DeviceTree Tree, string What) OnStandIn(DeviceTree tree, Random random)
    {
        var host = new IommuTree(tree).Hosts.Single();
        uint[] whole = [0, StandIn.Phandle, 0, 0x8000];
        uint[] masks = [0xff00, 0xfff8, 0, 0xf8];
        uint[] matches = [7, 0xff, 0x7fff, 0x700];
        switch (random.Next(7))
        {
            case 0:
                var mask = masks[random.Next(masks.Length)];
                return (With(host.Path, "iommu-map-mask", mask, Whole()), Text($"mask 0x{mask:x}"));
            case 1:
                var match = matches[random.Next(matches.Length)];
                return (With(StandIn.Path, "stream-match-mask", match, Whole()), Text($"stream-match-mask 0x{match:x}"));
            case 2 or 3:
                // Qualcomm's way: an entry for each requester ID, stream IDs that some of them share
                var cells = new List<uint>();
                for (var rid = 0u; rid < 0x900; rid += random.Next(2) == 0 ? 8u : 0x100u)
                {
                    cells.AddRange([
                        rid & (random.Next(2) == 0 ? 0xff00u : 0xffffu), StandIn.Phandle, 0x40 + (uint)random.Next(12),
                        1 + (uint)random.Next(2),
                    ]);
                }

                return (tree.WithProperty(host.Path, DeviceTreeProperty.FromCells("iommu-map", cells)),
                    Text($"{cells.Count / 4} entries, shared stream IDs"));
            case 4:
                var bus = (uint)random.Next(1, 8) << 8;
                return (tree.WithProperty(
                    host.Path,
                    DeviceTreeProperty.FromCells("iommu-map", 0, StandIn.Phandle, 0x100, bus, bus + 0x100, StandIn.Phandle, 0x40, 0x80)),
                    Text($"bus {bus >> 8} left out, stream IDs from 0x40"));
            default:
                return (Whole(), "whole map");
        }

        DeviceTree Whole() => tree.WithProperty(host.Path, DeviceTreeProperty.FromCells("iommu-map", whole));

        static DeviceTree With(string path, string property, uint value, DeviceTree changed) =>
            changed.WithProperty(path, DeviceTreeProperty.FromCells(property, value));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
