using System.Text;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Overlays;

/// <summary>A node of the overlay while its references are being resolved: its values can be written to.</summary>
internal sealed class OverlayNode
{
    public OverlayNode(DeviceTreeNode node)
    {
        Name = node.Name;
        Properties = [.. node.Properties.Select(property => KeyValuePair.Create(property.Name, property.Value.ToArray()))];
        Children = [.. node.Children.Select(child => new OverlayNode(child))];
    }

    public string Name { get; }

    public IReadOnlyList<KeyValuePair<string, byte[]>> Properties { get; }

    public IReadOnlyList<OverlayNode> Children { get; }

    public byte[]? Value(string property)
    {
        foreach (var (name, value) in Properties)
        {
            if (name == property)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The child that a segment means; a segment without unit address may leave it out.</summary>
    public OverlayNode? Child(string segment) =>
        Children.FirstOrDefault(child => child.Name == segment)
        ?? Children.FirstOrDefault(child => child.Name.StartsWith(segment + "@", StringComparison.Ordinal));

    public bool HasPhandleBelow => Value("phandle") is not null || Children.Any(child => child.HasPhandleBelow);

    public OverlayNode? Find(string path)
    {
        var node = this;
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node?.Child(segment);
        }

        return node;
    }

    public string? Text(string property) =>
        Value(property) is { Length: > 0 } value && Array.IndexOf(value, (byte)0) is > 0 and var end
            ? Encoding.Latin1.GetString(value, 0, end)
            : null;
}
