using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>
/// What differs between two trees for whoever reads them: order does not count, and references are compared by the nodes
/// they mean, because phandles are renumbered by every compilation.
/// </summary>
public static class DeviceTreeComparison
{
    /// <summary>The differences, nodes in the order of the trees; empty for trees that mean the same.</summary>
    public static ImmutableArray<DeviceTreeChange> Compare(DeviceTree before, DeviceTree after)
    {
        var changes = ImmutableArray.CreateBuilder<DeviceTreeChange>();
        foreach (var gone in before.Reservations.Except(after.Reservations))
        {
            changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.ReservationChanged, "/", null, Text(gone)));
        }

        foreach (var come in after.Reservations.Except(before.Reservations))
        {
            changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.ReservationChanged, "/", null, null, Text(come)));
        }

        var old = new Side(before);
        var young = new Side(after);
        Compare(old.Index.Root, young.Index.Root);
        return changes.DrainToImmutable();

        void Compare(LocatedNode a, LocatedNode b)
        {
            CompareProperties(a, b);
            var theirs = new Dictionary<string, LocatedNode>(StringComparer.Ordinal);
            foreach (var child in young.ChildrenOf(b))
            {
                theirs.TryAdd(child.Node.Name, child);
            }

            foreach (var child in old.ChildrenOf(a))
            {
                if (theirs.Remove(child.Node.Name, out var counterpart))
                {
                    Compare(child, counterpart);
                }
                else
                {
                    changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.NodeRemoved, child.Path));
                }
            }

            foreach (var child in young.ChildrenOf(b))
            {
                if (theirs.ContainsValue(child))
                {
                    changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.NodeAdded, child.Path));
                }
            }
        }

        void CompareProperties(LocatedNode a, LocatedNode b)
        {
            foreach (var property in a.Node.Properties)
            {
                if (!b.Node.TryGetProperty(property.Name, out var other))
                {
                    if (!IsPhandle(property.Name))
                    {
                        changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.PropertyRemoved, a.Path, property.Name, old.Text(a, property)));
                    }
                }
                else if (!IsPhandle(property.Name) && !Same(a, property, b, other))
                {
                    changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.PropertyChanged, a.Path, property.Name, old.Text(a, property), young.Text(b, other)));
                }
            }

            foreach (var property in b.Node.Properties)
            {
                if (!a.Node.HasProperty(property.Name) && !IsPhandle(property.Name))
                {
                    changes.Add(new DeviceTreeChange(DeviceTreeChangeKind.PropertyAdded, b.Path, property.Name, null, young.Text(b, property)));
                }
            }
        }

        bool Same(LocatedNode a, DeviceTreeProperty property, LocatedNode b, DeviceTreeProperty other) =>
            IsReference(property.Name)
                ? old.Text(a, property) == young.Text(b, other) // written with paths
                : property.Equals(other);
    }

    private static bool IsPhandle(string name) => name is "phandle" or "linux,phandle";

    private static bool IsReference(string name) => name is "iommu-map" or "msi-map" || PhandleLists.CellsNameOf(name) is not null;

    private static string Text(MemoryReservation reservation) =>
        string.Create(CultureInfo.InvariantCulture, $"/memreserve/ 0x{reservation.Address:x} 0x{reservation.Size:x}");

    private sealed class Side
    {
        private static readonly ImmutableDictionary<string, string> NoLabels = ImmutableDictionary<string, string>.Empty;
        private readonly PropertyText _text;
        private readonly ILookup<LocatedNode, LocatedNode> _children;

        public Side(DeviceTree tree)
        {
            Index = new DeviceTreeIndex(tree);
            _text = new PropertyText(Index, NoLabels);
            _children = Index.Nodes.Where(node => node.Parent is not null).ToLookup(node => node.Parent!);
        }

        public DeviceTreeIndex Index { get; }

        public IEnumerable<LocatedNode> ChildrenOf(LocatedNode node) => _children[node];

        /// <summary>The value as source, references as paths.</summary>
        public string Text(LocatedNode node, DeviceTreeProperty property) => _text.Of(node, property);
    }
}
