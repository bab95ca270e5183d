using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Fixes;

/// <summary>The change of a property as texts for dtc.</summary>
internal static class DeviceTreePatchText
{
    /// <summary>
    /// An overlay that needs no labels in the tree: it goes by path, and refers to nodes by the numbers that they have in
    /// this tree. So it belongs to this very tree and no other compilation of it.
    /// </summary>
    public static string Overlay(LocatedNode node, DeviceTreeProperty property) =>
        "/dts-v1/;\n/plugin/;\n\n/ {\n\tfragment@0 {\n\t\ttarget-path = \"" + node.Path + "\";\n\t\t__overlay__ {\n\t\t\t"
        + Assignment(property) + "\n\t\t};\n\t};\n};\n";

    /// <summary>To append to the board's source: by label where the tree has them, else by path.</summary>
    public static string Source(DeviceTreeIndex index, LocatedNode node, DeviceTreeProperty property)
    {
        using var text = new StringWriter();
        DtsWriter.WriteProperty(index, node, property, text);
        return $"{Reference(index, node)} {{\n\t{text}\n}};\n";
    }

    /// <summary>"&amp;label", or "&amp;{/path}" for a node without one; the root has a name of its own.</summary>
    public static string Reference(DeviceTreeIndex index, LocatedNode node)
    {
        var label = DeviceTreeSymbols.All(index.Tree)
            .Where(symbol => symbol.Value == node.Path)
            .Select(symbol => symbol.Key)
            .FirstOrDefault();
        return label is not null ? "&" + label : node.Path == "/" ? "/" : "&{" + node.Path + "}";
    }

    /// <summary>"name;" or "name = value;", references as numbers.</summary>
    public static string Assignment(DeviceTreeProperty property) =>
        property.Value.IsEmpty ? property.Name + ";" : $"{property.Name} = {PropertyTextOf(property)};";

    private static string PropertyTextOf(DeviceTreeProperty property)
    {
        using var text = new StringWriter();
        DtsWriter.WriteValue(property, text);
        return text.ToString();
    }
}
