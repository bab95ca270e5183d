using System.Globalization;
using System.Text;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Fixes;

/// <summary>
/// Vendors' kernels put all devices that refer to one node into one group, whatever their stream IDs are (of_get_device_group): the
/// device that is asked for gets a node of its own, with the settings of the old one.
/// </summary>
internal static class VendorGroupFixes
{
    private static readonly string[] _phandles = ["phandle", "linux,phandle"];

    public static IEnumerable<GroupFix> Find(FixSituation situation)
    {
        if (situation.Device is null || situation.Before.Of(situation.Device) is not { Node: { } node, Group: not null } decision
            || GroupPredictor.VendorGroupProperty(node, situation.Options) is not { } property
            || !situation.Tree.Index.TryFindPhandle(property.Cell(0), out var old) || old.Parent is not { } parent)
        {
            yield break;
        }

        var highest = situation.Tree.Index.Tree.Root.HighestPhandle();
        if (highest >= uint.MaxValue - 1)
        {
            yield break;
        }

        var phandle = highest + 1;
        var group = new DeviceTreeNode(FreeName(parent, $"{node.Node.BaseName.Replace(',', '-')}-iommu-group"))
        {
            Properties = [.. old.Node.Properties.Where(one => !_phandles.Contains(one.Name))],
        };
        var reference = DeviceTreeProperty.FromCells(property.Name, phandle);
        var tree = situation.Tree.Index.Tree
            .Edit(parent.Path, one => one.WithChild(group.WithProperty(DeviceTreeProperty.FromCells("phandle", phandle))))
            .WithProperty(node.Path, reference);
        var sharing = Sharing(situation, decision);
        yield return new GroupFix(
            "iommu-group-node",
            $"give {decision.Device} a group node of its own in place of {old.Path}: {property.Name} at {node.Path}",
            sharing is null ? FixVerdict.EnforcedByHardware : FixVerdict.AssertedOnly,
            (sharing is null ? "" : $"The IOMMU sees a stream ID of {sharing}, too, so that it cannot tell the two apart. ")
                + "The settings of the old node are copied. Drivers that hand each other buffers by one mapping need the shared group: try what "
                + "the device does together with the others.",
            situation.Predict(tree: new(tree)),
            [
                new FixArtifact("overlay", Overlay(node, parent, group, property.Name)),
                new FixArtifact("source", SourceText(situation.Tree.Index, node, parent, old, group, property.Name)),
            ])
        {
            Tree = tree,
            Changes = [new TreeChange(node.Path, reference) { Added = new(parent.Path, group) }],
        };
    }

    private static string FreeName(LocatedNode parent, string name)
    {
        var free = name;
        for (var number = 2; parent.Node.Children.Any(child => child.Name == free); number++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
        }

        return free;
    }

    /// <summary>A device with which the IOMMU confuses this one; null when there is none.</summary>
    private static string? Sharing(FixSituation situation, GroupDecision decision) => situation.Before.Decisions.FirstOrDefault(other =>
        !ReferenceEquals(other, decision) && ReferenceEquals(other.Provider, decision.Provider)
        && decision.Streams.Any(one => other.Streams.Any(one.Meets)))?.Device;

    private static string Overlay(LocatedNode node, LocatedNode parent, DeviceTreeNode group, string property)
    {
        var text = new StringBuilder("/dts-v1/;\n/plugin/;\n\n/ {\n");
        text.Append("\tfragment@0 {\n\t\ttarget-path = \"").Append(parent.Path).Append("\";\n\t\t__overlay__ {\n");
        text.Append("\t\t\tnew_group: ").Append(group.Name).Append(" {\n");
        foreach (var one in group.Properties)
        {
            text.Append("\t\t\t\t").Append(DeviceTreePatchText.Assignment(one)).Append('\n');
        }

        text.Append("\t\t\t};\n\t\t};\n\t};\n");
        text.Append("\tfragment@1 {\n\t\ttarget-path = \"").Append(node.Path).Append("\";\n\t\t__overlay__ {\n");
        return text.Append("\t\t\t").Append(property).Append(" = <&new_group>;\n\t\t};\n\t};\n};\n").ToString();
    }

    private static string SourceText(
        DeviceTreeIndex index, LocatedNode node, LocatedNode parent, LocatedNode old, DeviceTreeNode group, string property)
    {
        using var text = new StringWriter();
        text.Write($"{DeviceTreePatchText.Reference(index, parent)} {{\n\tnew_group: {group.Name} {{\n");
        foreach (var one in group.Properties)
        {
            text.Write("\t\t");
            DtsWriter.WriteProperty(index, old, one, text);
            text.Write('\n');
        }

        text.Write($"\t}};\n}};\n\n{DeviceTreePatchText.Reference(index, node)} {{\n\t{property} = <&new_group>;\n}};\n");
        return text.ToString();
    }
}
