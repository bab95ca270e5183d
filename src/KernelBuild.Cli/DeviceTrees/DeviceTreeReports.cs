using KernelBuild.Cli.CommandLine;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>
/// The JSON document of <c>dt show --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
internal sealed record DeviceTreeShowReport(string File, IReadOnlyList<DeviceTreeInfo> Trees) : JsonReport;

/// <summary>The JSON document of <c>dt diff --json</c>.</summary>
internal sealed record DeviceTreeDiffReport(string Before, string After, IReadOnlyList<ChangeInfo> Changes) : JsonReport;

/// <summary>A difference in JSON.</summary>
/// <param name="Kind">
/// "node added", "node removed", "property added", "property removed", "property changed" or "reservation changed".
/// </param>
/// <param name="Property">Null for whole nodes.</param>
/// <param name="Before">As source; null when there was none.</param>
/// <param name="After">As source; null when there is none.</param>
internal sealed record ChangeInfo(string Kind, string Path, string? Property, string? Before, string? After);

/// <summary>The JSON document of <c>dt apply --json</c> and <c>dt edit --json</c>.</summary>
/// <param name="Size">Bytes of the file written; null when there was an error.</param>
internal sealed record DeviceTreeWriteReport(string Output, long? Size) : JsonReport;

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
