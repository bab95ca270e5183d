using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>
/// Lists of references: a phandle and as many cells as the node it means asks for, again and again.
/// Source: drivers/of/base.c, __of_parse_phandle_with_args; the names: drivers/of/property.c, of_supplier_bindings.
/// </summary>
public static class PhandleLists
{
    /// <summary>Property and the property of the target that counts its cells; empty for references without cells.</summary>
    private static readonly FrozenDictionary<string, string> CellsNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["clocks"] = "#clock-cells",
        ["assigned-clocks"] = "#clock-cells",
        ["assigned-clock-parents"] = "#clock-cells",
        ["cooling-device"] = "#cooling-cells",
        ["cpu"] = "",
        ["dmas"] = "#dma-cells",
        ["extcon"] = "",
        ["gpios"] = "#gpio-cells",
        ["hwlocks"] = "#hwlock-cells",
        ["interconnects"] = "#interconnect-cells",
        ["interrupt-parent"] = "",
        ["interrupts-extended"] = "#interrupt-cells",
        ["io-channels"] = "#io-channel-cells",
        ["iommus"] = "#iommu-cells",
        ["mboxes"] = "#mbox-cells",
        ["memory-region"] = "",
        ["mmc-pwrseq"] = "",
        ["msi-parent"] = "#msi-cells",
        ["next-level-cache"] = "",
        ["operating-points-v2"] = "",
        ["phy-handle"] = "",
        ["phys"] = "#phy-cells",
        ["power-domains"] = "#power-domain-cells",
        ["pwms"] = "#pwm-cells",
        ["qcom,iommu-group"] = "",
        ["remote-endpoint"] = "",
        ["required-opps"] = "",
        ["resets"] = "#reset-cells",
        ["samsung,iommu-group"] = "",
        ["sound-dai"] = "#sound-dai-cells",
        ["target"] = "",
        ["thermal-sensors"] = "#thermal-sensor-cells",
        ["trip"] = "",
        ["xring,iommu-group"] = "",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The target's property that counts the cells of a reference in this property, "" for none; null when the property is no such list.
    /// </summary>
    public static string? CellsNameOf(string property)
    {
        if (CellsNames.TryGetValue(property, out var cells))
        {
            return cells;
        }

        if (property.EndsWith("-gpios", StringComparison.Ordinal)
            || (property.EndsWith("-gpio", StringComparison.Ordinal) && property != "nr-gpio"))
        {
            return property.EndsWith("nr-gpios", StringComparison.Ordinal) ? null : "#gpio-cells";
        }

        return property.EndsWith("-supply", StringComparison.Ordinal)
            || (property.StartsWith("pinctrl-", StringComparison.Ordinal) && property.Length == 9 && char.IsAsciiDigit(property[8]))
            ? ""
            : null;
    }

    /// <summary>The elements of a list; empty when the node has no such property.</summary>
    /// <param name="cellsName">"#iommu-cells"; empty when the references have no cells.</param>
    /// <param name="error">
    /// KB6007 for a value that does not come out even, KB6008 for a phandle of no node, KB6006 for a target that does not count its cells.
    /// </param>
    public static bool TryRead(
        DeviceTreeIndex index, LocatedNode node, string property, string cellsName, out ImmutableArray<PhandleArgument> arguments,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        arguments = [];
        error = null;
        if (!node.Node.TryGetProperty(property, out var list))
        {
            return true;
        }

        if (list.Value.Length % 4 != 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.PropertyValueInvalid, $"{node.Path}:{property} has {list.Value.Length} bytes, which is not a multiple of 4",
                "write it as cells, <…>");
            return false;
        }

        var read = ImmutableArray.CreateBuilder<PhandleArgument>();
        for (var i = 0; i < list.CellCount;)
        {
            var phandle = list.Cell(i++);
            if (phandle == 0)
            {
                read.Add(new PhandleArgument(null, []));
                continue;
            }

            if (!index.TryFindPhandle(phandle, out var target))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.PhandleUnresolved,
                    $"{node.Path}:{property} refers to the phandle 0x{phandle:x} in cell {i - 1}, which no node has",
                    "refer to a node by its label, or restore the node that was deleted");
                return false;
            }

            if (!TryCellCount(target, cellsName, out var count))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.PropertyMissing, $"{node.Path}:{property} refers to {target.Path}, which has no {cellsName}",
                    $"add {cellsName} to that node, or refer to another one");
                return false;
            }

            if (count > (uint)(list.CellCount - i))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.PropertyValueInvalid,
                    $"{node.Path}:{property} ends inside an element: {target.Path} asks for {count} cells, and {list.CellCount - i} are "
                    + $"left",
                    $"give {count} cells after the reference");
                return false;
            }

            var cells = ImmutableArray.CreateBuilder<uint>((int)count);
            for (var end = i + (int)count; i < end; i++)
            {
                cells.Add(list.Cell(i));
            }

            read.Add(new PhandleArgument(target, cells.MoveToImmutable()));
        }

        arguments = read.DrainToImmutable();
        return true;
    }

    private static bool TryCellCount(LocatedNode target, string cellsName, out uint count)
    {
        count = 0;
        if (cellsName.Length == 0)
        {
            return true;
        }

        if (target.Node.Number(cellsName) is not { } found)
        {
            // an MSI controller without #msi-cells takes none: Documentation/devicetree/bindings/interrupt-controller/msi.txt
            return cellsName == "#msi-cells";
        }

        count = found;
        return true;
    }

    /// <summary>Whether the cell at a place can be a reference: everything before it comes out even, deleted targets counted too.</summary>
    internal static bool CouldBeReference(DeviceTreeIndex index, DeviceTreeProperty list, int at, Dictionary<uint, LocatedNode> gone)
    {
        var cellsName = CellsNameOf(list.Name)!;
        var i = 0;
        while (i < at)
        {
            var phandle = list.Cell(i++);
            var target = index.TryFindPhandle(phandle, out var found) ? found : gone.GetValueOrDefault(phandle);
            if (target is not null && TryCellCount(target, cellsName, out var count) && count <= (uint)(list.CellCount - i))
            {
                i += (int)count;
            }
        }

        return i == at;
    }
}
