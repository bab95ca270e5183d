using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Acpi;

namespace KernelBuild.Iommu.Binding;

/// <summary>
/// What IORT says, in the form that the rules read: its SMMUs, its root complexes with their ID mappings as maps, and its named components
/// with their stream IDs, as nodes of a tree below /IORT. Source: drivers/acpi/arm64/iort.c, iort_id_map, iort_node_map_id,
/// iort_iommu_configure_id.
/// </summary>
public static class IortTree
{
    private const uint LargestRequesterId = 0xffff;

    /// <summary>The tree of a machine that boots with ACPI and has this table.</summary>
    public static IommuTree Of(IortTable table)
    {
        var nodes = ImmutableArray.CreateBuilder<DeviceTreeNode>();
        var components = ImmutableArray.CreateBuilder<DeviceTreeNode>();
        foreach (var node in table.Nodes)
        {
            switch (node.Type)
            {
                case IortNodeType.Smmu or IortNodeType.SmmuV3:
                    nodes.Add(Smmu(table, node));
                    break;
                case IortNodeType.RootComplex:
                    nodes.Add(RootComplex(table, node));
                    break;
                case IortNodeType.NamedComponent:
                    components.Add(Component(table, node));
                    break;
                default:
                    nodes.Add(new DeviceTreeNode(Named(node.Type == IortNodeType.ItsGroup ? "its" : "node", node.Offset))
                    {
                        Properties = [Phandle(table, node.Offset)],
                    });
                    break;
            }
        }

        var root = new DeviceTreeNode("")
        {
            Children = [new DeviceTreeNode("IORT") { Children = nodes.DrainToImmutable() }, .. components],
        };
        return new IommuTree(new DeviceTree { Root = root }) { IsIort = true };
    }

    private static DeviceTreeNode Smmu(IortTable table, IortNode node) => new(
        Named(node.Type == IortNodeType.SmmuV3 ? "smmu-v3" : "smmu", node.BaseAddress))
    {
        Properties =
        [
            DeviceTreeProperty.FromStrings("compatible", node.Type == IortNodeType.SmmuV3 ? "arm,smmu-v3" : node.Model switch
            {
                0 => "arm,smmu-v1",
                2 => "arm,mmu-400",
                3 => "arm,mmu-500",
                4 => "arm,mmu-401",
                5 => "cavium,smmu-v2",
                _ => "arm,smmu-v2",
            }),
            DeviceTreeProperty.FromCells("#iommu-cells", 1),
            Phandle(table, node.Offset),
            .. node.IsCoherent ? (DeviceTreeProperty[])[DeviceTreeProperty.Empty("dma-coherent")] : [],
        ],
    };

    private static DeviceTreeNode RootComplex(IortTable table, IortNode node)
    {
        var properties = ImmutableArray.CreateBuilder<DeviceTreeProperty>();
        properties.Add(DeviceTreeProperty.FromStrings("device_type", "pci"));
        properties.Add(DeviceTreeProperty.FromCells("#address-cells", 3));
        properties.Add(DeviceTreeProperty.FromCells("#size-cells", 2));
        properties.Add(DeviceTreeProperty.FromCells("linux,pci-domain", node.Segment));
        // Linux takes a first mapping that leads nowhere for a fault of the firmware, and then none
        if (node.Mappings is [{ Reference: not 0 }, ..])
        {
            if (node.Mappings[0].IsSingle)
            {
                properties.Add(DeviceTreeProperty.FromCells("iommu-map-mask", 0));
            }

            properties.Add(DeviceTreeProperty.FromCells("iommu-map", Map(table, node)));
            if (node.Mappings.Any(mapping => ReachesIts(table, mapping.Reference)))
            {
                properties.Add(DeviceTreeProperty.FromCells("msi-parent", PhandleOf(table, node.Mappings[0].Reference)));
            }
        }

        return new DeviceTreeNode(Named("root-complex", node.Segment)) { Properties = properties.DrainToImmutable() };
    }

    /// <summary>The mappings as elements of an iommu-map: the first that covers an ID decides in both.</summary>
    private static List<uint> Map(IortTable table, IortNode node)
    {
        var cells = new List<uint>();
        for (var i = 0; i < node.Mappings.Length; i++)
        {
            var mapping = node.Mappings[i];
            var phandle = PhandleOf(table, mapping.Reference);
            if (mapping.IsSingle)
            {
                // whatever comes after it is not looked at
                foreach (var id in i == 0 ? [0u] : Enumerable.Range(0, (int)LargestRequesterId + 1).Select(id => (uint)id))
                {
                    cells.AddRange([id, phandle, mapping.OutputBase, 1]);
                }

                return cells;
            }

            var last = (ulong)mapping.InputBase + mapping.Count;
            // firmware that stores the number of IDs instead of one less: the begin of a later mapping wins over the end of this one
            var isTrimmed = mapping.Count > 0 && node.Mappings.Skip(i + 1).Any(later => !later.IsSingle && later.InputBase == last);
            var length = (ulong)mapping.Count + (isTrimmed ? 0u : 1u);
            cells.AddRange([mapping.InputBase, phandle, mapping.OutputBase, (uint)Math.Min(length, uint.MaxValue)]);
        }

        return cells;
    }

    /// <summary>A device with the stream IDs of its single mappings, up to the first that is none: iort_nc_iommu_map.</summary>
    private static DeviceTreeNode Component(IortTable table, IortNode node)
    {
        var cells = new List<uint>();
        foreach (var mapping in node.Mappings)
        {
            if (!mapping.IsSingle || table.At(mapping.Reference) is not { Type: IortNodeType.Smmu or IortNodeType.SmmuV3 })
            {
                break;
            }

            cells.AddRange([PhandleOf(table, mapping.Reference), mapping.OutputBase]);
        }

        // what has none is behind no SMMU
        return new DeviceTreeNode(node.Name.Length == 0 ? Named("component", node.Offset) : node.Name)
        {
            Properties = cells.Count == 0 ? [] : [DeviceTreeProperty.FromCells("iommus", cells)],
        };
    }

    /// <summary>Whether message interrupts sent to a node come to an ITS, directly or through an SMMU.</summary>
    private static bool ReachesIts(IortTable table, uint reference) => table.At(reference) switch
    {
        { Type: IortNodeType.ItsGroup } => true,
        { Type: IortNodeType.Smmu or IortNodeType.SmmuV3 } smmu =>
            smmu.Mappings.Any(mapping => table.At(mapping.Reference)?.Type == IortNodeType.ItsGroup),
        _ => false,
    };

    private static DeviceTreeProperty Phandle(IortTable table, uint offset) => DeviceTreeProperty.FromCells("phandle", PhandleOf(table, offset));

    /// <summary>The number of the node, from 1; one that no node has, where nothing is.</summary>
    private static uint PhandleOf(IortTable table, uint offset)
    {
        for (var i = 0; i < table.Nodes.Length; i++)
        {
            if (table.Nodes[i].Offset == offset)
            {
                return (uint)i + 1;
            }
        }

        return (uint)table.Nodes.Length + 1;
    }

    private static string Named(string name, ulong number) => string.Create(CultureInfo.InvariantCulture, $"{name}@{number:x}");
}
