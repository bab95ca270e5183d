using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>An <c>iommu-map</c> or <c>msi-map</c> with its mask. Source: drivers/of/base.c, of_map_id.</summary>
/// <param name="Mask">Applied to an id before it is looked up; all ones when there is no mask property.</param>
public sealed record IdMap(ImmutableArray<IdMapEntry> Entries, uint Mask)
{
    /// <summary>Reads the map of a node.</summary>
    /// <param name="name">"iommu-map" or "msi-map"; the mask is NAME-mask.</param>
    /// <param name="map">Null when the node has no such property.</param>
    /// <param name="error">KB6007: the length is no multiple of an element's.</param>
    public static bool TryRead(
        DeviceTreeIndex index, LocatedNode node, string name, IdMapWidth width, out IdMap? map, [NotNullWhen(false)] out Diagnostic? error)
    {
        map = null;
        error = null;
        if (!node.Node.TryGetProperty(name, out var property))
        {
            return true;
        }

        var cellsName = name == "msi-map" ? "#msi-cells" : "#iommu-cells";
        var entries = ImmutableArray.CreateBuilder<IdMapEntry>();
        var cells = property.CellCount;
        if (property.Value.IsEmpty || property.Value.Length % 4 != 0)
        {
            error = Uneven(node, property, 16);
            return false;
        }

        var bad = width == IdMapWidth.ByTarget && name == "iommu-map" && IsOldMap(index, property);
        for (var i = 0; i < cells;)
        {
            if (cells - i < 4)
            {
                error = Uneven(node, property, 16);
                return false;
            }

            index.TryFindPhandle(property.Cell(i + 1), out var target);
            var outputs = width == IdMapWidth.Four || bad || target is null ? 1u : target.Node.Number(cellsName) ?? 1;
            if (outputs > (uint)(cells - i - 3))
            {
                error = Uneven(node, property, ((long)outputs + 3) * 4);
                return false;
            }

            var output = ImmutableArray.CreateBuilder<uint>((int)outputs);
            for (var cell = 0; cell < outputs; cell++)
            {
                output.Add(property.Cell(i + 2 + cell));
            }

            entries.Add(new IdMapEntry(
                property.Cell(i), property.Cell(i + 1), target, output.MoveToImmutable(), property.Cell(i + 2 + (int)outputs)));
            i += 3 + (int)outputs;
        }

        map = new IdMap(entries.DrainToImmutable(), node.Node.Number(name + "-mask") ?? uint.MaxValue);
        return true;
    }

    /// <summary>
    /// Whether a map whose target has more than one cell is nevertheless written with 4 cells an element, as Qualcomm's were
    /// before 7.x: every element's second cell is the same phandle, every length 1. Rule of drivers/of/base.c, of_check_bad_map (7.2).
    /// </summary>
    private static bool IsOldMap(DeviceTreeIndex index, DeviceTreeProperty property)
    {
        if (property.CellCount % 4 != 0 || property.CellCount < 4 || !index.TryFindPhandle(property.Cell(1), out var target)
            || target.Node.Number("#iommu-cells") is null or 1)
        {
            return false;
        }

        for (var i = 0; i < property.CellCount; i += 4)
        {
            if (property.Cell(i + 1) != property.Cell(1) || property.Cell(i + 3) != 1)
            {
                return false;
            }
        }

        return true;
    }

    private static Diagnostic Uneven(LocatedNode node, DeviceTreeProperty property, long element) => Diagnostic.Error(
        DiagnosticCodes.PropertyValueInvalid,
        $"{node.Path}:{property.Name} has {property.Value.Length} bytes, not a whole number of elements of {element} bytes",
        "give each element as <first-id &target output length>");
}
