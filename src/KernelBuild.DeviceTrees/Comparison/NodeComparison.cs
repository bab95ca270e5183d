using System.Buffers.Binary;
using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>Compares the nodes of two trees, from the roots down.</summary>
/// <param name="before">The one tree.</param>
/// <param name="after">The other.</param>
/// <param name="changes">Gets what differs.</param>
internal sealed class NodeComparison(ComparedTree before, ComparedTree after, ImmutableArray<DeviceTreeChange>.Builder changes)
{
    public void Run() => Compare(before.Index.Root, after.Index.Root);

    private void Compare(LocatedNode a, LocatedNode b)
    {
        CompareProperties(a, b);
        var theirs = new Dictionary<string, LocatedNode>(StringComparer.Ordinal);
        foreach (var child in after.ChildrenOf(b))
        {
            theirs.TryAdd(child.Node.Name, child);
        }

        foreach (var child in before.ChildrenOf(a))
        {
            if (theirs.Remove(child.Node.Name, out var counterpart))
            {
                Compare(child, counterpart);
            }
            else
            {
                changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.NodeRemoved, child.Path, null, before.Text(child)));
            }
        }

        foreach (var child in after.ChildrenOf(b))
        {
            if (theirs.ContainsValue(child))
            {
                changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.NodeAdded, child.Path, null, null, after.Text(child)));
            }
        }
    }

    private void CompareProperties(LocatedNode a, LocatedNode b)
    {
        foreach (var property in a.Node.Properties.Where(property => !IsPhandle(property.Name)))
        {
            if (!b.Node.TryGetProperty(property.Name, out var other))
            {
                changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.PropertyRemoved, a.Path, property.Name, before.Text(a, property)));
            }
            else if (!IsSame(a, property, b, other))
            {
                changes.Add(new DeviceTreeChange(
                    DeviceTreeChangeKind.PropertyChanged, a.Path, property.Name, before.Text(a, property), after.Text(b, other)));
            }
        }

        foreach (var property in b.Node.Properties)
        {
            if (!a.Node.HasProperty(property.Name) && !IsPhandle(property.Name))
            {
                changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.PropertyAdded, b.Path, property.Name, null, after.Text(b, property)));
            }
        }
    }

    /// <summary>
    /// References are the same when they lead to nodes of the same path. Of a vendor's property nobody knows which cells are references:
    /// cells that differ, and are phandles of the same path in both trees, are.
    /// </summary>
    private bool IsSame(LocatedNode a, DeviceTreeProperty property, LocatedNode b, DeviceTreeProperty other) =>
        IsReference(property.Name)
            ? before.Text(a, property) == after.Text(b, other) || (!property.Equals(other) && HasSameTargets(property, other))
            : property.Equals(other) || HasSameTargets(property, other);

    private bool HasSameTargets(DeviceTreeProperty property, DeviceTreeProperty other)
    {
        var a = property.Value.Span;
        var b = other.Value.Span;
        if (a.Length != b.Length || a.Length % sizeof(uint) != 0)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i += sizeof(uint))
        {
            var (mine, theirs) = (BinaryPrimitives.ReadUInt32BigEndian(a[i..]), BinaryPrimitives.ReadUInt32BigEndian(b[i..]));
            if (mine != theirs && !(before.Index.TryFindPhandle(mine, out var from) && after.Index.TryFindPhandle(theirs, out var to)
                && from.Path == to.Path))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPhandle(string name) => name is "phandle" or "linux,phandle";

    private static bool IsReference(string name) => name is "iommu-map" or "msi-map" || PhandleLists.CellsNameOf(name) is not null;
}
