using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>One of two trees that are compared.</summary>
internal sealed class ComparedTree
{
    private static readonly ImmutableDictionary<string, string> NoLabels = ImmutableDictionary<string, string>.Empty;
    private readonly PropertyText _text;
    private readonly ILookup<LocatedNode, LocatedNode> _children;

    public ComparedTree(DeviceTree tree)
    {
        Index = new DeviceTreeIndex(tree);
        _text = new PropertyText(Index, NoLabels);
        _children = Index.Nodes.Where(node => node.Parent is not null).ToLookup(node => node.Parent!);
    }

    public DeviceTreeIndex Index { get; }

    public IEnumerable<LocatedNode> ChildrenOf(LocatedNode node) => _children[node];

    /// <summary>The node and all below it as source; null when it has names that no source can hold.</summary>
    public string? Text(LocatedNode node)
    {
        using var text = new StringWriter { NewLine = "\n" };
        try
        {
            DtsWriter.Write(Index.Tree, node, text);
            return text.ToString().TrimEnd('\n');
        }
        catch (DiagnosticException)
        {
            return null;
        }
    }

    /// <summary>The value as source, references as paths.</summary>
    public string Text(LocatedNode node, DeviceTreeProperty property) => _text.Of(node, property);
}
