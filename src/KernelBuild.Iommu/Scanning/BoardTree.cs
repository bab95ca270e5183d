using System.Collections.Immutable;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// A board's nodes once the files that it includes are put together, as far as IOMMUs go; the last word on a property counts.
/// </summary>
internal sealed class BoardTree
{
    private const int DeepestInclude = 64;

    private readonly Dictionary<string, string> _labels = new(StringComparer.Ordinal);

    /// <summary>By path.</summary>
    public Dictionary<string, Dictionary<string, BoardSourceProperty>> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>The label of a path, where it has one.</summary>
    public Dictionary<string, string> LabelOf { get; } = new(StringComparer.Ordinal);

    /// <summary>All files, the board's own included.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    public static BoardTree Of(BoardScan board, BoardFiles files)
    {
        var tree = new BoardTree();
        tree.Add(board, files, 0);
        return tree;
    }

    /// <summary>The path behind a label.</summary>
    public string? Find(string label) => _labels.GetValueOrDefault(label);

    /// <summary>Whether a node and all above it take part, as far as the files say.</summary>
    public bool IsEnabled(string path)
    {
        for (var at = path; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOf('/'))])
        {
            if (Nodes.TryGetValue(at, out var node) && node.TryGetValue("status", out var status) && status.Value is { } value
                && value.Trim('"') is not ("okay" or "ok"))
            {
                return false;
            }
        }

        return true;
    }

    private void Add(BoardScan scan, BoardFiles files, int depth)
    {
        if (depth > DeepestInclude || !(Files.Add(scan.File) || scan.File.EndsWith(".dtsi", StringComparison.Ordinal)))
        {
            return;
        }

        foreach (var item in scan.Items)
        {
            if (item is string include)
            {
                if (files.Resolve(scan.File, include) is { } included)
                {
                    Add(included, files, depth + 1);
                }
            }
            else if (item is BoardSourceNode node)
            {
                Add(node);
            }
        }
    }

    private void Add(BoardSourceNode node)
    {
        var path = node.Path;
        if (path.StartsWith('&'))
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            if (!_labels.TryGetValue(slash < 0 ? path[1..] : path[1..slash], out var known))
            {
                return;
            }

            path = known + (slash < 0 ? "" : path[slash..]);
        }

        foreach (var label in node.Labels)
        {
            _labels[label] = path;
            LabelOf[path] = label;
        }

        if (!Nodes.TryGetValue(path, out var properties))
        {
            Nodes[path] = properties = new(StringComparer.Ordinal);
        }

        foreach (var property in node.Properties)
        {
            if (property.Value is null)
            {
                properties.Remove(property.Name);
            }
            else
            {
                properties[property.Name] = property;
            }
        }
    }
}
