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
        foreach (var change in all.Where(change => change.NewNode is not null))
        {
            var phandle = DeviceTreeProperty.FromCells("phandle", (uint)fragments.Count + 1);
            fragments.Add(Fragment(fragments.Count, change.NewNodeParent, new DeviceTreeNode("__overlay__")
            {
                Children = [change.NewNode!.WithProperty(phandle)],
            }));
        }

        var added = 0u;
        foreach (var node in all.GroupBy(change => change.Path, StringComparer.Ordinal))
        {
            var last = node.GroupBy(change => change.Property.Name, StringComparer.Ordinal).Select(same => same.Last()).ToArray();
            var references = last.Where(change => change.NewNode is not null).Select(change => change.Property.Name).ToArray();
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
                    .. last.Select(change => change.NewNode is null ? change.Property : DeviceTreeProperty.FromCells(change.Property.Name, ++added)),
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
