using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Fixes;

/// <summary>
/// Changes of properties as an overlay: by path, so that the tree needs no labels, with the numbers that its phandles have.
/// </summary>
public static class OverlayTree
{
    /// <summary>
    /// A fragment for each node, in the order in which they are first changed; of several values for a property the last counts. Nodes
    /// that are added come first, with phandles from 1 on, which whoever applies the overlay moves behind those of the tree.
    /// </summary>
    public static DeviceTree Of(IEnumerable<TreeChange> changes)
    {
        var fragments = ImmutableArray.CreateBuilder<DeviceTreeNode>();
        var fixups = ImmutableArray.CreateBuilder<DeviceTreeNode>();
        var all = changes.ToArray();
        var phandles = new Dictionary<AddedNode, uint>(ReferenceEqualityComparer.Instance);
        foreach (var added in all.Select(change => change.Added).OfType<AddedNode>())
        {
            var phandle = phandles[added] = (uint)phandles.Count + 1;
            fragments.Add(Fragment(fragments.Count, added.Parent, new DeviceTreeNode("__overlay__")
            {
                Children = [added.Node.WithProperty(DeviceTreeProperty.FromCells("phandle", phandle))],
            }));
        }

        foreach (var node in all.GroupBy(change => change.Path, StringComparer.Ordinal))
        {
            var last = node.GroupBy(change => change.Property.Name, StringComparer.Ordinal).Select(same => same.Last()).ToArray();
            var references = last.Where(change => change.Added is not null).Select(change => change.Property.Name).ToArray();
            if (references.Length > 0)
            {
                // the byte at which the number stands
                fixups.Add(FragmentNode(fragments.Count, new DeviceTreeNode("__overlay__")
                {
                    Properties = [.. references.Select(name => DeviceTreeProperty.FromCells(name, 0))],
                }));
            }

            fragments.Add(Fragment(fragments.Count, node.Key, new DeviceTreeNode("__overlay__")
            {
                Properties =
                [
                    .. last.Select(change => change.Added is { } added
                        ? DeviceTreeProperty.FromCells(change.Property.Name, phandles[added])
                        : change.Property),
                ],
            }));
        }

        return new DeviceTree
        {
            Root = new DeviceTreeNode("")
            {
                Children = fixups.Count == 0
                    ? fragments.ToImmutable()
                    : [.. fragments, new DeviceTreeNode("__local_fixups__") { Children = fixups.ToImmutable() }],
            },
        };
    }

    private static DeviceTreeNode Fragment(int number, string path, DeviceTreeNode overlay) =>
        FragmentNode(number, overlay) with { Properties = [DeviceTreeProperty.FromStrings("target-path", path)] };

    private static DeviceTreeNode FragmentNode(int number, DeviceTreeNode overlay) =>
        new(string.Create(CultureInfo.InvariantCulture, $"fragment@{number}")) { Children = [overlay] };
}
