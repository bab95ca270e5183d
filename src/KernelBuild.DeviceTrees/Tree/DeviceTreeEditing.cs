using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Changes to a tree, each giving a new one. Paths may leave out unit addresses.</summary>
public static class DeviceTreeEditing
{
    /// <summary>The tree with the node at a path replaced by what <paramref name="change"/> makes of it.</summary>
    /// <param name="error">KB6005.</param>
    public static bool TryEdit(
        this DeviceTree tree, string path, Func<DeviceTreeNode, DeviceTreeNode> change, [NotNullWhen(true)] out DeviceTree? edited,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        edited = null;
        if (!DeviceTreePath.TryWalk(tree.Root, path, out var indexes, out error))
        {
            return false;
        }

        edited = tree with { Root = Replace(tree.Root, indexes.AsSpan(), change) };
        return true;
    }

    /// <summary>The tree with the node at a path replaced.</summary>
    /// <exception cref="DiagnosticException">KB6005.</exception>
    public static DeviceTree Edit(this DeviceTree tree, string path, Func<DeviceTreeNode, DeviceTreeNode> change) =>
        tree.TryEdit(path, change, out var edited, out var error) ? edited : throw new DiagnosticException(error);

    /// <summary>The tree with a property set: in its place when the node has it, else as the node's last.</summary>
    /// <exception cref="DiagnosticException">KB6005.</exception>
    public static DeviceTree WithProperty(this DeviceTree tree, string path, DeviceTreeProperty property) =>
        tree.Edit(path, node => node.WithProperty(property));

    /// <summary>The tree without a property.</summary>
    /// <param name="error">KB6005, or KB6006 when the node has no such property.</param>
    public static bool TryDeleteProperty(
        this DeviceTree tree, string path, string name, [NotNullWhen(true)] out DeviceTree? edited,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        DeviceTreeNode? found = null;
        if (!tree.TryEdit(path, node => (found = node).WithoutProperty(name), out edited, out error))
        {
            return false;
        }

        if (found!.HasProperty(name))
        {
            return true;
        }

        edited = null;
        error = MissingProperty(path, found, name);
        return false;
    }

    /// <summary>The tree with an empty node at a path whose parent exists; unchanged when the node exists.</summary>
    /// <param name="error">KB6005 for the parent.</param>
    public static bool TryAddNode(
        this DeviceTree tree, string path, [NotNullWhen(true)] out DeviceTree? edited, [NotNullWhen(false)] out Diagnostic? error)
    {
        var cut = path.TrimEnd('/').LastIndexOf('/');
        var name = path.TrimEnd('/')[(cut + 1)..];
        if (cut < 0 || name.Length == 0)
        {
            edited = null;
            error = Diagnostic.Error(
                DiagnosticCodes.DeviceTreeNodeMissing, $"'{path}' is not the path of a new node",
                "give the path from the root, such as /soc/new@1000");
            return false;
        }

        return tree.TryEdit(
            cut == 0 ? "/" : path[..cut],
            parent =>
                parent.Children.Any(child => child.Name == name)
                    ? parent
                    : parent with { Children = parent.Children.Add(new DeviceTreeNode(name)) },
            out edited,
            out error);
    }

    internal static DeviceTreeNode Replace(DeviceTreeNode node, ReadOnlySpan<int> indexes, Func<DeviceTreeNode, DeviceTreeNode> change) =>
        indexes.IsEmpty
            ? change(node)
            : node with { Children = node.Children.SetItem(indexes[0], Replace(node.Children[indexes[0]], indexes[1..], change)) };

    internal static DeviceTreeNode Remove(DeviceTreeNode node, ReadOnlySpan<int> indexes)
    {
        var index = indexes[^1];
        return Replace(node, indexes[..^1], parent => parent with { Children = parent.Children.RemoveAt(index) });
    }

    internal static Diagnostic MissingProperty(string path, DeviceTreeNode node, string name)
    {
        var near = NearestName.Among(name, node.Properties.Select(property => property.Name), 3).ToArray();
        return Diagnostic.Error(
            DiagnosticCodes.PropertyMissing,
            $"the node '{path}' has no property '{name}'",
            near.Length > 0
                ? $"did you mean {string.Join(" or ", near)}?"
                : $"kernelbuild dt show TREE --node {path} lists its properties");
    }
}
