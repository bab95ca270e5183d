using System.Buffers.Binary;
using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Overlays;

/// <summary>One application of an overlay to a tree: phandles, references, fragments, labels, in this order.</summary>
internal sealed class OverlayApplication(DeviceTree tree, DeviceTree overlay)
{
    public const string CompileAgain = "compile the overlay again with dtc -@";

    private const string Content = "__overlay__";

    private readonly OverlayNode _overlay = new(overlay.Root);
    private readonly OverlayTargets _targets = new();
    private readonly ImmutableArray<Diagnostic>.Builder _findings = ImmutableArray.CreateBuilder<Diagnostic>();
    private DeviceTreeNode _root = tree.Root;
    private uint _highestPhandle;

    public ImmutableArray<Diagnostic> Findings => _findings.ToImmutable();

    public static DiagnosticException Invalid(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.OverlayInvalid, message, fix));

    public DeviceTree Run()
    {
        var highest = _root.HighestPhandle();
        _highestPhandle = Math.Max(highest, OverlayReferences.Shift(_overlay, highest));
        OverlayLabels.Resolve(_overlay, tree, PhandleOf);
        KeepPhandles();
        foreach (var fragment in Fragments())
        {
            _root = DeviceTreeEditing.Replace(_root, IndexesOf(fragment).AsSpan(), node => Merge(node, fragment.Child(Content)!));
        }

        MergeSymbols();
        return tree with { Root = _root };
    }

    private IEnumerable<OverlayNode> Fragments() =>
        _overlay.Children.Where(child => child.Children.Any(content => content.Name == Content));

    private ImmutableArray<int> IndexesOf(OverlayNode fragment) =>
        DeviceTreePath.TryWalk(_root, _targets.Of(fragment, _root), out var indexes, out var error)
            ? indexes
            : throw OverlayTargets.Missing($"the target of the overlay's /{fragment.Name} is missing: {error.Message}", error.Fix);

    /// <summary>The phandle of a node of the tree; a new one when it has none.</summary>
    private uint PhandleOf(string path, string label)
    {
        if (!DeviceTreePath.TryWalk(_root, path, out var indexes, out var error))
        {
            throw new DiagnosticException(
                error with { Message = $"the label '{label}' refers to a node that the tree does not have: {error.Message}" });
        }

        if (indexes.Aggregate(_root, (current, index) => current.Children[index]).Phandle is { } phandle)
        {
            return phandle;
        }

        if (_highestPhandle >= uint.MaxValue - 1)
        {
            throw Invalid($"no phandle is left for {path}", "compile tree and overlay again with dtc, which numbers phandles from 1 on");
        }

        var allocated = ++_highestPhandle;
        _root = DeviceTreeEditing.Replace(
            _root, indexes.AsSpan(), node => node.WithProperty(DeviceTreeProperty.FromCells("phandle", allocated)));
        _findings.Add(Diagnostic.Note(DiagnosticCodes.PhandleReplaced, $"{path} ('{label}') had no phandle and got 0x{allocated:x}"));
        return allocated;
    }

    /// <summary>
    /// Where the overlay brings a phandle for a node of the tree that has one, references inside the overlay take the node's.
    /// </summary>
    private void KeepPhandles()
    {
        var kept = new Dictionary<uint, uint>();
        foreach (var fragment in Fragments())
        {
            // the target may be a node that another fragment brings: that one has no phandle to keep
            if (fragment.Child(Content) is { HasPhandleBelow: true } content
                && _targets.Find(fragment, _root) is { } target
                && DeviceTreePath.TryWalk(_root, target, out var indexes, out _))
            {
                Collect(indexes.Aggregate(_root, (current, index) => current.Children[index]), content);
            }
        }

        OverlayReferences.Rewrite(_overlay, kept);

        void Collect(DeviceTreeNode node, OverlayNode change)
        {
            if (change.Value("phandle") is { Length: 4 } brought && node.Phandle is { } phandle)
            {
                kept[BinaryPrimitives.ReadUInt32BigEndian(brought)] = phandle;
                BinaryPrimitives.WriteUInt32BigEndian(brought, phandle);
                _findings.Add(Diagnostic.Warning(
                    DiagnosticCodes.PhandleReplaced,
                    $"the overlay brings a phandle for the node '{node.Name}', which has 0x{phandle:x} and keeps it",
                    "refer to the node by the tree's label instead of labelling it again in the overlay"));
            }

            foreach (var child in change.Children)
            {
                if (node.IndexOfChild(child.Name) is >= 0 and var at)
                {
                    Collect(node.Children[at], child);
                }
            }
        }
    }

    /// <summary>
    /// Values are replaced in their place; new properties and new children come before the old ones, the last first, as libfdt inserts
    /// them.
    /// </summary>
    private static DeviceTreeNode Merge(DeviceTreeNode node, OverlayNode change)
    {
        foreach (var (name, value) in change.Properties)
        {
            node = With(node, name, value);
        }

        foreach (var child in change.Children)
        {
            var at = node.IndexOfChild(child.Name);
            node = node with
            {
                Children = at >= 0
                    ? node.Children.SetItem(at, Merge(node.Children[at], child))
                    : node.Children.Insert(0, Merge(new DeviceTreeNode(child.Name), child)),
            };
        }

        return node;
    }

    private static DeviceTreeNode With(DeviceTreeNode node, string name, byte[] value) => node.HasProperty(name)
        ? node.WithProperty(new DeviceTreeProperty(name, value))
        : node with { Properties = node.Properties.Insert(0, new DeviceTreeProperty(name, value)) };

    /// <summary>Labels of nodes that the overlay brought become labels of the tree.</summary>
    private void MergeSymbols()
    {
        if (_overlay.Children.FirstOrDefault(child => child.Name == DeviceTreeSymbols.NodeName) is not { } symbols)
        {
            return;
        }

        if (_root.IndexOfChild(DeviceTreeSymbols.NodeName) < 0)
        {
            _root = _root with { Children = _root.Children.Insert(0, new DeviceTreeNode(DeviceTreeSymbols.NodeName)) };
        }

        var at = _root.IndexOfChild(DeviceTreeSymbols.NodeName);
        foreach (var (label, value) in symbols.Properties)
        {
            if (!new DeviceTreeProperty(label, value).TryGetStrings(out var texts) || texts is not [['/', ..] path])
            {
                throw Invalid($"the overlay's /__symbols__:{label} is not a path", CompileAgain);
            }

            // labels of what is no fragment's content, such as the fragment itself, mean nothing in the tree
            if (path.Split('/', 4) is not ["", var name, Content, ..] parts || _overlay.Child(name) is not { } fragment)
            {
                continue;
            }

            var target = _targets.Of(fragment, _root);
            var full = parts.Length == 4 ? (target == "/" ? "" : target) + "/" + parts[3] : target;
            _root = _root with
            {
                Children = _root.Children.SetItem(
                    at, With(_root.Children[at], label, DeviceTreeProperty.FromStrings(label, full).Value.ToArray())),
            };
        }
    }
}
