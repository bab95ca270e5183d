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
    /// A fragment for each node, in the order in which they are first changed; of several values for a property the last counts.
    /// </summary>
    public static DeviceTree Of(IEnumerable<TreeChange> changes) => new()
    {
        Root = new DeviceTreeNode("")
        {
            Children =
            [
                .. changes.GroupBy(change => change.Path, StringComparer.Ordinal).Select((node, number) => Fragment(
                    number, node.Key, [.. node.GroupBy(change => change.Property.Name, StringComparer.Ordinal).Select(same => same.Last().Property)])),
            ],
        },
    };

    private static DeviceTreeNode Fragment(int number, string path, ImmutableArray<DeviceTreeProperty> properties) =>
        new(string.Create(CultureInfo.InvariantCulture, $"fragment@{number}"))
        {
            Properties = [DeviceTreeProperty.FromStrings("target-path", path)],
            Children = [new DeviceTreeNode("__overlay__") { Properties = properties }],
        };
}
