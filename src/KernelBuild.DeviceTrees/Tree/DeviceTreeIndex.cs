using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>A tree with its paths, phandles, aliases and labels looked up once.</summary>
public sealed class DeviceTreeIndex
{
    private readonly Dictionary<uint, LocatedNode> _byPhandle = [];

    public DeviceTreeIndex(DeviceTree tree)
    {
        Tree = tree;
        var nodes = ImmutableArray.CreateBuilder<LocatedNode>(256);
        Add(tree.Root, null);
        Nodes = nodes.DrainToImmutable();

        void Add(DeviceTreeNode node, LocatedNode? parent)
        {
            var located = new LocatedNode(node, parent);
            nodes.Add(located);
            if (node.Phandle is { } phandle && phandle is not (0 or uint.MaxValue))
            {
                _byPhandle.TryAdd(phandle, located);
            }

            foreach (var child in node.Children)
            {
                Add(child, located);
            }
        }
    }

    public DeviceTree Tree { get; }

    /// <summary>All nodes, parents before children, in the order of the file.</summary>
    public ImmutableArray<LocatedNode> Nodes { get; }

    public LocatedNode Root => Nodes[0];

    /// <summary>The node with a phandle; of nodes that share one, the first, as in Linux.</summary>
    public bool TryFindPhandle(uint phandle, [NotNullWhen(true)] out LocatedNode? node) => _byPhandle.TryGetValue(phandle, out node);

    /// <summary>
    /// The node at a place: a path ("/soc/pcie", unit addresses may be left out), an alias ("serial0") or a label ("&amp;smmu").
    /// </summary>
    /// <param name="error">KB6005 names how far the path leads and what is there; KB6009 the label.</param>
    public bool TryFind(string place, [NotNullWhen(true)] out LocatedNode? node, [NotNullWhen(false)] out Diagnostic? error)
    {
        node = null;
        if (place.StartsWith('&'))
        {
            return TryFindLabel(place[1..], out node, out error);
        }

        var path = place;
        if (!place.StartsWith('/'))
        {
            var alias = place.Split('/')[0];
            if (Root.Node.IndexOfChild("aliases") is not (>= 0 and var at) || Root.Node.Children[at].Strings(alias) is not [var target, ..]
                || !target.StartsWith('/'))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.DeviceTreeNodeMissing, $"there is no alias '{alias}' in this tree",
                    "give a path from the root, /soc/…, or a label, &name");
                return false;
            }

            path = target + place[alias.Length..];
        }

        return TryFindPath(path, out node, out error);
    }

    private bool TryFindLabel(string label, [NotNullWhen(true)] out LocatedNode? node, [NotNullWhen(false)] out Diagnostic? error)
    {
        node = null;
        if (DeviceTreeSymbols.TryResolve(Tree, label, out var path, out error))
        {
            return TryFindPath(path, out node, out error);
        }

        return false;
    }

    private bool TryFindPath(string path, [NotNullWhen(true)] out LocatedNode? node, [NotNullWhen(false)] out Diagnostic? error)
    {
        node = null;
        if (!DeviceTreePath.TryWalk(Tree.Root, path, out var indexes, out error))
        {
            return false;
        }

        // nodes stand parents first: a child lies behind its parent
        var current = Root;
        var position = 0;
        foreach (var index in indexes)
        {
            var child = current.Node.Children[index];
            do
            {
                position++;
            }
            while (!ReferenceEquals(Nodes[position].Node, child) || Nodes[position].Parent != current);

            current = Nodes[position];
        }

        node = current;
        return true;
    }
}
