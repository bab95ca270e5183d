using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Addressing;

/// <summary>
/// Addresses on buses, in cells of 32 bits that #address-cells and #size-cells of the bus count.
/// Source: Devicetree Specification v0.4, 2.3.5 to 2.3.9; drivers/of/address.c.
/// </summary>
public static class BusAddresses
{
    /// <summary>More cells do not fit the 128 bits of an address here; no binding has more than 3.</summary>
    private const uint MostCells = 4;

    /// <summary>The elements of <c>reg</c>; empty when the node has none.</summary>
    /// <param name="error">KB6007.</param>
    public static bool TryReadRegisters(
        LocatedNode node, out ImmutableArray<AddressRange> registers, [NotNullWhen(false)] out Diagnostic? error)
    {
        registers = [];
        var bus = node.Parent?.Node ?? node.Node;
        if (!TryElements(node, "reg", [AddressCells(bus), SizeCells(bus)], out var elements, out error))
        {
            return false;
        }

        registers = [.. elements.Select(element => new AddressRange(element[0], element[1]))];
        return true;
    }

    /// <summary>
    /// The elements of <c>ranges</c> or <c>dma-ranges</c>; empty when there are none, or when child and parent share one address space.
    /// </summary>
    /// <param name="error">KB6007.</param>
    public static bool TryReadTranslations(
        LocatedNode node, string property, out ImmutableArray<AddressTranslation> translations, [NotNullWhen(false)] out Diagnostic? error)
    {
        translations = [];
        var parent = node.Parent?.Node ?? node.Node;
        if (!TryElements(
            node, property, [AddressCells(node.Node), AddressCells(parent), SizeCells(node.Node)], out var elements, out error))
        {
            return false;
        }

        translations = [.. elements.Select(element => new AddressTranslation(element[0], element[1], element[2]))];
        return true;
    }

    /// <summary>2 when the bus does not say. Source: Devicetree Specification v0.4, 2.3.5.</summary>
    public static uint AddressCells(DeviceTreeNode bus) => bus.Number("#address-cells") ?? 2;

    /// <summary>1 when the bus does not say. Source: Devicetree Specification v0.4, 2.3.5.</summary>
    public static uint SizeCells(DeviceTreeNode bus) => bus.Number("#size-cells") ?? 1;

    private static bool TryElements(
        LocatedNode node, string name, ImmutableArray<uint> widths, out List<UInt128[]> elements,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        elements = [];
        error = null;
        if (!node.Node.TryGetProperty(name, out var property) || property.Value.IsEmpty)
        {
            return true;
        }

        if (widths.FirstOrDefault(width => width > MostCells) is > 0 and var tooWide)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.PropertyValueInvalid, $"{node.Path}:{name} cannot be read: an address or size of {tooWide} cells",
                "#address-cells and #size-cells are at most 3 on every bus");
            return false;
        }

        var length = widths.Aggregate(0, (sum, width) => sum + (int)width);
        if (length == 0 || property.Value.Length % (length * 4) != 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.PropertyValueInvalid,
                $"{node.Path}:{name} has {property.Value.Length} bytes, which is not a multiple of {length * 4}: an element has "
                + $"{string.Join(" + ", widths)} cells",
                "give whole elements, as #address-cells and #size-cells of the bus ask for");
            return false;
        }

        for (var cell = 0; cell < property.CellCount;)
        {
            var element = new UInt128[widths.Length];
            for (var i = 0; i < widths.Length; i++)
            {
                for (var end = cell + (int)widths[i]; cell < end; cell++)
                {
                    element[i] = (element[i] << 32) | property.Cell(cell);
                }
            }

            elements.Add(element);
        }

        return true;
    }
}
