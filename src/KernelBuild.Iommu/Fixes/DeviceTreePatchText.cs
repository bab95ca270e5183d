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
        + Assignment(property.Name, property.Value.IsEmpty ? "" : PropertyTextOf(property)) + "\n\t\t};\n\t};\n};\n";

    /// <summary>To append to the board's source: by label where the tree has them, else by path.</summary>
    public static string Source(DeviceTreeIndex index, LocatedNode node, DeviceTreeProperty property)
    {
        using var text = new StringWriter();
        DtsWriter.WriteProperty(index, node, property, text);
        var label = DeviceTreeSymbols.All(index.Tree)
            .Where(symbol => symbol.Value == node.Path)
            .Select(symbol => symbol.Key)
            .FirstOrDefault();
        return $"{(label is null ? "&{" + node.Path + "}" : "&" + label)} {{\n\t{text}\n}};\n";
    }

    private static string Assignment(string name, string value) => value.Length == 0 ? name + ";" : $"{name} = {value};";

    private static string PropertyTextOf(DeviceTreeProperty property)
    {
        using var text = new StringWriter();
        DtsWriter.WriteValue(property, text);
        return text.ToString();
    }
}
