namespace KernelBuild.DeviceTrees.Tree;

/// <summary>A node and where it stands in its tree.</summary>
public sealed class LocatedNode
{
    private string? _path;

    internal LocatedNode(DeviceTreeNode node, LocatedNode? parent)
    {
        Node = node;
        Parent = parent;
    }

    public DeviceTreeNode Node { get; }

    /// <summary>Null for the root.</summary>
    public LocatedNode? Parent { get; }

    /// <summary>"/soc@0/pcie@1c00000"; "/" for the root.</summary>
    public string Path => _path ??= Parent is null ? "/" : Parent.Parent is null ? "/" + Node.Name : Parent.Path + "/" + Node.Name;

    /// <summary>Whether the node and all above it take part: a device below a disabled bus is never made.</summary>
    public bool IsReachable
    {
        get
        {
            for (var node = this; node is not null; node = node.Parent)
            {
                if (!node.Node.IsAvailable)
                {
                    return false;
                }
            }

            return true;
        }
    }

    public override string ToString() => Path;
}
