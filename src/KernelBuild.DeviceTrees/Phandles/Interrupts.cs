using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>
/// The interrupts of a node. Source: Devicetree Specification v0.4, 2.4; drivers/of/irq.c, of_irq_parse_one.
/// </summary>
public static class Interrupts
{
    /// <summary>
    /// The interrupts, each with its controller and the cells that the controller asks for; empty when the node has none.
    /// </summary>
    /// <param name="error">KB6006, KB6007 or KB6008.</param>
    public static bool TryRead(
        DeviceTreeIndex index, LocatedNode node, out ImmutableArray<PhandleArgument> interrupts, [NotNullWhen(false)] out Diagnostic? error)
    {
        if (node.Node.HasProperty("interrupts-extended"))
        {
            return PhandleLists.TryRead(index, node, "interrupts-extended", "#interrupt-cells", out interrupts, out error);
        }

        interrupts = [];
        error = null;
        if (!node.Node.TryGetProperty("interrupts", out var property))
        {
            return true;
        }

        if (Controller(index, node) is not { } controller)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.PropertyMissing,
                $"{node.Path} has interrupts, and neither it nor a node above it has an interrupt-parent that exists",
                "add interrupt-parent = <&controller>");
            return false;
        }

        if (controller.Node.Number("#interrupt-cells") is not { } count || count == 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.PropertyMissing, $"{node.Path}:interrupts refers to {controller.Path}, which has no #interrupt-cells",
                "point interrupt-parent at an interrupt controller");
            return false;
        }

        if (property.Value.Length % 4 != 0 || (uint)property.CellCount % count != 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.PropertyValueInvalid,
                $"{node.Path}:interrupts has {property.Value.Length} bytes, which is not a multiple of the {(ulong)count * 4} that "
                + $"{controller.Path} asks for",
                $"give {count} cells for each interrupt");
            return false;
        }

        var read = ImmutableArray.CreateBuilder<PhandleArgument>();
        for (var i = 0; i < property.CellCount; i += (int)count)
        {
            read.Add(new PhandleArgument(controller, [.. Enumerable.Range(i, (int)count).Select(property.Cell)]));
        }

        interrupts = read.DrainToImmutable();
        return true;
    }

    /// <summary>
    /// The interrupt-parent of the node or of the nearest node above it, or the nearest node above that is itself a controller.
    /// </summary>
    private static LocatedNode? Controller(DeviceTreeIndex index, LocatedNode node)
    {
        for (var current = node; current is not null; current = current.Parent)
        {
            if (current.Node.Number("interrupt-parent") is { } phandle)
            {
                return index.TryFindPhandle(phandle, out var controller) ? controller : null;
            }

            if (!ReferenceEquals(current, node) && current.Node.HasProperty("#interrupt-cells"))
            {
                return current;
            }
        }

        return null;
    }
}
