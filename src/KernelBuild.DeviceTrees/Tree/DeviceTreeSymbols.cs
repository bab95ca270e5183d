using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>The labels that dtc -@ leaves in a tree: the node /__symbols__, a property per label with the node's path.</summary>
public static class DeviceTreeSymbols
{
    public const string NodeName = "__symbols__";

    /// <summary>All labels and the paths they stand for; empty for most trees, which are compiled without -@.</summary>
    public static IEnumerable<KeyValuePair<string, string>> All(DeviceTree tree)
    {
        if (tree.Root.IndexOfChild(NodeName) is not (>= 0 and var at))
        {
            yield break;
        }

        foreach (var property in tree.Root.Children[at].Properties)
        {
            if (property.TryGetStrings(out var strings) && strings is [var path, ..])
            {
                yield return new(property.Name, path);
            }
        }
    }

    /// <param name="error">KB6009, which names the label and tells a tree without labels from one that lacks this label.</param>
    public static bool TryResolve(
        DeviceTree tree, string label, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out Diagnostic? error)
    {
        path = null;
        error = null;
        var at = tree.Root.IndexOfChild(NodeName);
        if (at < 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.SymbolMissing,
                $"the label '{label}' cannot be resolved: the tree has no /__symbols__, so it was compiled without labels",
                "compile the tree with dtc -@ (DTC_FLAGS=-@), or use target-path and paths instead of labels");
            return false;
        }

        var symbols = tree.Root.Children[at];
        if (!symbols.TryGetProperty(label, out var property))
        {
            var near = NearestName.Among(label, symbols.Properties.Select(symbol => symbol.Name), 3).ToArray();
            error = Diagnostic.Error(
                DiagnosticCodes.SymbolMissing,
                $"the tree has no label '{label}' among its {symbols.Properties.Length}",
                near.Length > 0
                    ? $"did you mean {string.Join(" or ", near)}?"
                    : "kernelbuild dt show TREE --node /__symbols__ lists its labels");
            return false;
        }

        var value = property.Value.Span;
        if (value.Length < 2 || value[0] != '/' || value.IndexOf((byte)0) != value.Length - 1)
        {
            error = Diagnostic.Error(DiagnosticCodes.PropertyValueInvalid, $"/__symbols__:{label} is not a path", "compile the tree again");
            return false;
        }

        path = Encoding.Latin1.GetString(value[..^1]);
        return true;
    }
}
