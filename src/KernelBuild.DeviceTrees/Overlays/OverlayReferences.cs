using System.Buffers.Binary;

namespace KernelBuild.DeviceTrees.Overlays;

/// <summary>
/// The overlay's own phandles and the references among its nodes. __local_fixups__ mirrors the overlay's nodes and lists, per
/// property, the bytes where references stand.
/// </summary>
internal static class OverlayReferences
{
    private const string LocalFixups = "__local_fixups__";

    /// <summary>Moves phandles and the references to them by a distance; the highest phandle after it is returned.</summary>
    public static uint Shift(OverlayNode overlay, uint distance)
    {
        var highest = ShiftPhandles(overlay, distance);
        if (overlay.Child(LocalFixups) is { } fixups)
        {
            Visit(overlay, fixups, "", reference => reference + distance);
        }

        return highest;
    }

    /// <summary>Replaces references by others.</summary>
    public static void Rewrite(OverlayNode overlay, Dictionary<uint, uint> replacements)
    {
        if (replacements.Count > 0 && overlay.Child(LocalFixups) is { } fixups)
        {
            Visit(overlay, fixups, "", reference => replacements.GetValueOrDefault(reference, reference));
        }
    }

    private static uint ShiftPhandles(OverlayNode node, uint distance)
    {
        uint highest = 0;
        foreach (var (name, value) in node.Properties)
        {
            if (name is not ("phandle" or "linux,phandle") || value.Length != 4)
            {
                continue;
            }

            var shifted = (ulong)BinaryPrimitives.ReadUInt32BigEndian(value) + distance;
            if (shifted >= uint.MaxValue)
            {
                throw OverlayApplication.Invalid(
                    $"the phandle 0x{shifted - distance:x} of the overlay's node '{node.Name}' cannot be moved above the tree's highest, "
                    + $"0x{distance:x}",
                    "compile tree and overlay again with dtc, which numbers phandles from 1 on");
            }

            BinaryPrimitives.WriteUInt32BigEndian(value, (uint)shifted);
            highest = Math.Max(highest, (uint)shifted);
        }

        foreach (var child in node.Children)
        {
            highest = Math.Max(highest, ShiftPhandles(child, distance));
        }

        return highest;
    }

    private static void Visit(OverlayNode node, OverlayNode fixups, string path, Func<uint, uint> change)
    {
        foreach (var (property, offsets) in fixups.Properties)
        {
            if (node.Value(property) is not { } value || offsets.Length % 4 != 0)
            {
                throw OverlayApplication.Invalid(
                    $"{LocalFixups}{path}:{property} has no counterpart in the overlay, or is not a list of offsets",
                    OverlayApplication.CompileAgain);
            }

            for (var i = 0; i < offsets.Length; i += 4)
            {
                var at = BinaryPrimitives.ReadUInt32BigEndian(offsets.AsSpan(i));
                if (at > value.Length - 4L)
                {
                    throw OverlayApplication.Invalid(
                        $"{LocalFixups}{path}:{property} names byte {at} of a value of {value.Length} bytes",
                        OverlayApplication.CompileAgain);
                }

                var reference = value.AsSpan((int)at);
                BinaryPrimitives.WriteUInt32BigEndian(reference, change(BinaryPrimitives.ReadUInt32BigEndian(reference)));
            }
        }

        foreach (var child in fixups.Children)
        {
            var target = node.Child(child.Name)
                ?? throw OverlayApplication.Invalid(
                    $"{LocalFixups}{path}/{child.Name} has no counterpart in the overlay", OverlayApplication.CompileAgain);
            Visit(target, child, path + "/" + child.Name, change);
        }
    }
}
