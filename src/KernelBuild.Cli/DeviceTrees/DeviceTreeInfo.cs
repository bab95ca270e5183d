using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>A tree in JSON.</summary>
/// <param name="Offset">Of the tree in the file, bytes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Root">The root, or the node that was asked for.</param>
internal sealed record DeviceTreeInfo(
    long Offset, long Size, uint Version, uint BootCpu, IReadOnlyList<ReservationInfo> Reservations, DeviceTreeNodeInfo Root)
{
    public static DeviceTreeInfo From(DeviceTree tree, long offset, LocatedNode node) => new(
        offset,
        tree.StoredLength ?? 0,
        tree.Version,
        tree.BootCpu,
        [.. tree.Reservations.Select(reservation => new ReservationInfo(reservation.Address, reservation.Size))],
        DeviceTreeNodeInfo.From(node.Node, node.Path));
}

/// <summary>A reserved region of memory.</summary>
internal sealed record ReservationInfo(ulong Address, ulong Size);

/// <summary>A node in JSON.</summary>
internal sealed record DeviceTreeNodeInfo(string Path, IReadOnlyList<PropertyInfo> Properties, IReadOnlyList<DeviceTreeNodeInfo> Children)
{
    public static DeviceTreeNodeInfo From(DeviceTreeNode node, string path) => new(
        path,
        [.. node.Properties.Select(PropertyInfo.From)],
        [.. node.Children.Select(child => From(child, (path == "/" ? "" : path) + "/" + child.Name))]);
}

/// <summary>A property in JSON.</summary>
/// <param name="Hex">The value, two digits a byte.</param>
/// <param name="Strings">The value as strings; null when it is none.</param>
/// <param name="Cells">The value as numbers of 32 bits; null when its length is no multiple of 4, or it is strings.</param>
internal sealed record PropertyInfo(string Name, string Hex, IReadOnlyList<string>? Strings, IReadOnlyList<uint>? Cells)
{
    public static PropertyInfo From(DeviceTreeProperty property)
    {
        var isText = PropertyKind.IsText(property);
        return new PropertyInfo(
            property.Name,
            Convert.ToHexStringLower(property.Value.Span),
            isText && property.TryGetStrings(out var strings) ? strings : null,
            !isText && !property.Value.IsEmpty && property.TryGetCells(out var cells) ? cells : null);
    }
}
