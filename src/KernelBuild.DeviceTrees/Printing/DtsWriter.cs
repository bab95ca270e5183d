using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Printing;

/// <summary>
/// A tree as source that dtc compiles to an equal tree. Labels come from /__symbols__, and references are written as labels
/// or paths where the property is known to hold references. The boot processor of the header is in no source: dtc takes it with -b.
/// </summary>
public sealed class DtsWriter
{
    private const string Plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+*#?@-";

    private readonly DeviceTreeIndex _index;
    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);
    private readonly PropertyText _text;
    private readonly TextWriter _output;

    private DtsWriter(DeviceTree tree, TextWriter output)
    {
        _index = new DeviceTreeIndex(tree);
        _output = output;
        foreach (var (label, path) in DeviceTreeSymbols.All(tree))
        {
            if (label.Length > 0 && !char.IsAsciiDigit(label[0]) && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
                && _index.TryFind(path, out var node, out _))
            {
                _labels.TryAdd(node.Path, label);
            }
        }

        _text = new PropertyText(_index, _labels);
    }

    /// <summary>Writes the whole tree.</summary>
    /// <exception cref="DiagnosticException">KB6012: a name has characters that no source can hold.</exception>
    public static void Write(DeviceTree tree, TextWriter output)
    {
        var writer = new DtsWriter(tree, output);
        output.Write("/dts-v1/;\n\n");
        foreach (var reservation in tree.Reservations)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $"/memreserve/ 0x{reservation.Address:x} 0x{reservation.Size:x};\n"));
        }

        writer.WriteNodes(writer._index.Root, position: 0, depth: 0);
    }

    /// <summary>Writes one node and all below it, as it stands in the tree's source.</summary>
    /// <exception cref="DiagnosticException">KB6012.</exception>
    public static void Write(DeviceTree tree, LocatedNode node, TextWriter output)
    {
        var writer = new DtsWriter(tree, output);
        var position = Enumerable.Range(0, writer._index.Nodes.Length).First(i => writer._index.Nodes[i].Path == node.Path);
        writer.WriteNodes(writer._index.Nodes[position], position, depth: 0);
    }

    /// <summary>Writes an assignment, "iommu-map = &lt;0x0 &amp;smmu 0x0 0x10000&gt;;", as it would stand in the node.</summary>
    public static void WriteProperty(DeviceTreeIndex index, LocatedNode node, DeviceTreeProperty property, TextWriter output)
    {
        var writer = new DtsWriter(index.Tree, output);
        var changed = new LocatedNode(node.Node.WithProperty(property), node.Parent);
        output.Write(property.Value.IsEmpty ? property.Name + ";" : $"{property.Name} = {writer._text.Of(changed, property)};");
    }

    /// <summary>Writes a value without knowledge of the tree: references are numbers.</summary>
    public static void WriteValue(DeviceTreeProperty property, TextWriter output) => output.Write(PropertyText.Of(property));

    /// <summary>Writes the node at a position of the index; gives the position behind all below it.</summary>
    private int WriteNodes(LocatedNode located, int position, int depth)
    {
        var node = located.Node;
        var indent = new string('\t', depth);
        _output.Write(indent);
        if (_labels.TryGetValue(located.Path, out var label))
        {
            _output.Write(label + ": ");
        }

        _output.Write(located.Parent is null ? "/" : Checked(node.Name, located.Path, "node"));
        _output.Write(" {\n");
        foreach (var property in node.Properties)
        {
            _output.Write(indent);
            _output.Write('\t');
            _output.Write(Checked(property.Name, located.Path, "property"));
            if (!property.Value.IsEmpty)
            {
                _output.Write(" = ");
                _output.Write(_text.Of(located, property));
            }

            _output.Write(";\n");
        }

        position++;
        for (var i = 0; i < node.Children.Length; i++)
        {
            if (i > 0 || node.Properties.Length > 0)
            {
                _output.Write('\n');
            }

            position = WriteNodes(_index.Nodes[position], position, depth + 1);
        }

        _output.Write(indent);
        _output.Write("};\n");
        return position;
    }

    private static string Checked(string name, string path, string what)
    {
        if (name.Length > 0 && name.All(c => Plain.Contains(c, StringComparison.Ordinal)))
        {
            return name;
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.DtsUnprintable,
            $"the {what} '{Printable(name)}' of {Printable(path)} has characters that device tree source cannot hold",
            "rename it, or keep to the binary form"));
    }

    /// <summary>For a message: what a terminal takes for a command stays out of it.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => c is > ' ' and < '\x7f' ? c : '\ufffd'));
}
