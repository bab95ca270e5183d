using System.Buffers.Binary;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Overlays;

/// <summary>Where the fragments of an overlay go.</summary>
internal sealed class OverlayTargets
{
    private readonly Dictionary<OverlayNode, string> _known = [];
    private Dictionary<uint, string>? _paths;

    /// <summary>
    /// The path of the node that a fragment changes, in the tree as it is by now: a fragment may change what another one brought.
    /// </summary>
    public string Of(OverlayNode fragment, DeviceTreeNode root) =>
        Find(fragment, root)
        ?? throw (fragment.Value("target") is { } value
            ? Missing(
                $"the overlay's /{fragment.Name}:target is the phandle 0x{Convert.ToHexStringLower(value).TrimStart('0')}, which no node "
                + $"of the tree has",
                "use a label of the tree, or target-path")
            : Missing(
                $"the overlay's /{fragment.Name} has neither target nor target-path", "add target = <&label> or target-path = \"/path\""));

    /// <summary>The same, or null when there is no such node yet.</summary>
    public string? Find(OverlayNode fragment, DeviceTreeNode root)
    {
        if (_known.TryGetValue(fragment, out var known))
        {
            return known;
        }

        var target = fragment.Value("target") is { } value ? ByPhandle(fragment, value, root) : fragment.Text("target-path");
        if (target is null)
        {
            return null;
        }

        if (!target.StartsWith('/'))
        {
            var alias = target.Split('/')[0];
            target = root.IndexOfChild("aliases") is >= 0 and var at && root.Children[at].Strings(alias) is [var path, ..]
                ? path + target[alias.Length..]
                : target;
        }

        return _known[fragment] = target;
    }

    public static DiagnosticException Missing(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.OverlayTargetMissing, message, fix));

    private string? ByPhandle(OverlayNode fragment, byte[] value, DeviceTreeNode root)
    {
        var phandle = value.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
        if (phandle is 0 or uint.MaxValue)
        {
            throw Missing(
                $"the overlay's /{fragment.Name}:target was not resolved: no label of __fixups__ stands there",
                "compile the overlay with dtc -@, with /plugin/; in its source");
        }

        _paths ??= Paths(root);
        return _paths.TryGetValue(phandle, out var path) || (_paths = Paths(root)).TryGetValue(phandle, out path) ? path : null;
    }

    private static Dictionary<uint, string> Paths(DeviceTreeNode root)
    {
        var paths = new Dictionary<uint, string>();
        Collect(root, "");
        return paths;

        void Collect(DeviceTreeNode node, string path)
        {
            if (node.Phandle is { } phandle)
            {
                paths.TryAdd(phandle, path.Length == 0 ? "/" : path);
            }

            foreach (var child in node.Children)
            {
                Collect(child, path + "/" + child.Name);
            }
        }
    }
}
