using System.Globalization;
using System.Text;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Printing;

/// <summary>
/// Values as source: references, strings, cells or bytes, whichever the bytes allow; every form compiles back to the same bytes.
/// </summary>
internal sealed class PropertyText(DeviceTreeIndex index, IReadOnlyDictionary<string, string> labels)
{
    public string Of(LocatedNode node, DeviceTreeProperty property) => References(node, property) ?? Of(property);

    /// <summary>The value without knowledge of the tree.</summary>
    public static string Of(DeviceTreeProperty property)
    {
        if (PropertyKind.IsText(property) && property.TryGetStrings(out var strings))
        {
            return string.Join(", ", strings.Select(Quote));
        }

        if (property.Value.Length % 4 == 0)
        {
            return "<" + string.Join(' ', Enumerable.Range(0, property.CellCount).Select(i => Number(property.Cell(i)))) + ">";
        }

        return "[" + string.Join(' ', property.Value.ToArray().Select(value => value.ToString("x2", CultureInfo.InvariantCulture))) + "]";
    }

    private string? References(LocatedNode node, DeviceTreeProperty property)
    {
        if (property.Name is "iommu-map" or "msi-map")
        {
            return Map(node, property.Name);
        }

        if (PhandleLists.CellsNameOf(property.Name) is not { } cellsName
            || property.Value.IsEmpty
            || !PhandleLists.TryRead(index, node, property.Name, cellsName, out var arguments, out _)
            || arguments.All(argument => argument.Target is null))
        {
            return null;
        }

        return string.Join(", ", arguments.Select(argument => argument.Target is null
            ? "<0>"
            : $"<{Reference(argument.Target)}{string.Concat(argument.Cells.Select(cell => " " + Number(cell)))}>"));
    }

    private string? Map(LocatedNode node, string name) =>
        IdMap.TryRead(index, node, name, IdMapWidth.ByTarget, out var map, out _) && map!.Entries.All(entry => entry.Target is not null)
            ? string.Join(", ", map.Entries.Select(entry =>
                $"<{Number(entry.InputBase)} {Reference(entry.Target!)}{string.Concat(entry.Output.Select(cell => " " + Number(cell)))} "
                + $"{Number(entry.Length)}>"))
            : null;

    private string Reference(LocatedNode target) => labels.TryGetValue(target.Path, out var label) ? "&" + label : "&{" + target.Path + "}";

    private static string Number(uint value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
