using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Follows paths from the root.</summary>
internal static class DeviceTreePath
{
    /// <summary>The index of the child to take at each level.</summary>
    /// <param name="error">KB6005, with the deepest node that is there and what it has of similar name.</param>
    public static bool TryWalk(
        DeviceTreeNode root, string path, out ImmutableArray<int> indexes, [NotNullWhen(false)] out Diagnostic? error)
    {
        indexes = [];
        error = null;
        if (!path.StartsWith('/'))
        {
            error = Diagnostic.Error(
                DiagnosticCodes.DeviceTreeNodeMissing, $"'{path}' is not a path: it does not begin with /", "give the path from the root");
            return false;
        }

        var walked = ImmutableArray.CreateBuilder<int>();
        var node = root;
        var reached = "";
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var index = node.IndexOfChild(segment);
            if (index < 0)
            {
                error = Missing(path, reached, segment, node);
                return false;
            }

            node = node.Children[index];
            reached += "/" + node.Name;
            walked.Add(index);
        }

        indexes = walked.DrainToImmutable();
        return true;
    }

    private static Diagnostic Missing(string path, string reached, string segment, DeviceTreeNode node)
    {
        var near = NearestName.Among(segment, node.Children.Select(child => child.Name).Distinct(StringComparer.Ordinal), 3).ToArray();
        var at = segment.Split('@')[0];
        var named = near.Length > 0 ? near : [.. node.Children.Where(child => child.BaseName == at).Select(child => child.Name).Take(3)];
        return Diagnostic.Error(
            DiagnosticCodes.DeviceTreeNodeMissing,
            $"there is no node '{path}': '{(reached.Length == 0 ? "/" : reached)}' has no child '{segment}'",
            named.Length > 0
                ? "did you mean " + string.Join(" or ", named.Select(name => $"{reached}/{name}")) + "?"
                : "kernelbuild dt show lists the nodes");
    }
}
