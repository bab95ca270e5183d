using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Phandles;

/// <summary>
/// Deletion of a node and all below it, as /delete-node/ does it in a source: the labels of what is deleted go with it.
/// What still refers to it is named, because Linux only says that a driver deferred its probe.
/// </summary>
public static class NodeDeletion
{
    /// <param name="warnings">KB6008: references that lead nowhere now.</param>
    /// <param name="error">KB6005.</param>
    public static bool TryDeleteNode(
        this DeviceTree tree, string path, [NotNullWhen(true)] out DeviceTree? edited, out ImmutableArray<Diagnostic> warnings,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        edited = null;
        warnings = [];
        if (!DeviceTreePath.TryWalk(tree.Root, path, out var indexes, out error))
        {
            return false;
        }

        if (indexes.IsEmpty)
        {
            error = Diagnostic.Error(DiagnosticCodes.DeviceTreeNodeMissing, "the root cannot be deleted", "name the node to delete");
            return false;
        }

        var before = new DeviceTreeIndex(tree);
        var deleted = Below(before, indexes);
        edited = tree with { Root = WithoutSymbols(DeviceTreeEditing.Remove(tree.Root, indexes.AsSpan()), deleted[0].Path) };
        warnings = Dangling(new DeviceTreeIndex(edited), deleted);
        return true;
    }

    private static ImmutableArray<LocatedNode> Below(DeviceTreeIndex index, ImmutableArray<int> indexes)
    {
        var top = index.Tree.Root;
        foreach (var i in indexes)
        {
            top = top.Children[i];
        }

        var within = new HashSet<LocatedNode>();
        return
        [
            .. index.Nodes.Where(node =>
                (ReferenceEquals(node.Node, top) || (node.Parent is not null && within.Contains(node.Parent))) && within.Add(node)),
        ];
    }

    private static DeviceTreeNode WithoutSymbols(DeviceTreeNode root, string path)
    {
        var at = root.IndexOfChild(DeviceTreeSymbols.NodeName);
        if (at < 0)
        {
            return root;
        }

        var symbols = root.Children[at];
        return root with
        {
            Children = root.Children.SetItem(at, symbols with
            {
                Properties = symbols.Properties.RemoveAll(symbol =>
                    symbol.TryGetStrings(out var strings) && strings is [var target, ..]
                        && (target == path || target.StartsWith(path + "/", StringComparison.Ordinal))),
            }),
        };
    }

    private static ImmutableArray<Diagnostic> Dangling(DeviceTreeIndex after, ImmutableArray<LocatedNode> deleted)
    {
        var gone = new Dictionary<uint, LocatedNode>();
        foreach (var node in deleted)
        {
            if (node.Node.Phandle is { } phandle)
            {
                gone.TryAdd(phandle, node);
            }
        }

        var warnings = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var node in after.Nodes)
        {
            foreach (var property in node.Node.Properties)
            {
                if (property.Value.Length % 4 == 0 && FirstDangling(after, property, gone) is { } target)
                {
                    warnings.Add(Diagnostic.Warning(
                        DiagnosticCodes.PhandleUnresolved,
                        $"{node.Path}:{property.Name} still refers to the deleted node {target.Path}",
                        "delete that property too, or point it at another node"));
                }
            }
        }

        return warnings.DrainToImmutable();
    }

    private static LocatedNode? FirstDangling(DeviceTreeIndex after, DeviceTreeProperty property, Dictionary<uint, LocatedNode> gone)
    {
        var isMap = property.Name is "iommu-map" or "msi-map";
        if (!isMap && PhandleLists.CellsNameOf(property.Name) is null)
        {
            return null;
        }

        for (var i = isMap ? 1 : 0; i < property.CellCount; i += isMap ? 4 : 1)
        {
            if (gone.TryGetValue(property.Cell(i), out var target) && (isMap || PhandleLists.CouldBeReference(after, property, i, gone)))
            {
                return target;
            }
        }

        return null;
    }
}
