using System.Collections.Immutable;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>A node: its properties and, after them, its children, both in the order of the file.</summary>
/// <param name="Name">With unit address, "pcie@1c00000"; empty for the root. One character per byte (Latin-1).</param>
public sealed record DeviceTreeNode(string Name)
{
    public ImmutableArray<DeviceTreeProperty> Properties { get; init; } = [];

    public ImmutableArray<DeviceTreeNode> Children { get; init; } = [];

    /// <summary>The name without unit address.</summary>
    public string BaseName => Name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? Name[..at] : Name;

    /// <summary>The first property of this name.</summary>
    public bool TryGetProperty(string name, out DeviceTreeProperty property)
    {
        foreach (ref readonly var candidate in Properties.AsSpan())
        {
            if (candidate.Name == name)
            {
                property = candidate;
                return true;
            }
        }

        property = default;
        return false;
    }

    public bool HasProperty(string name) => TryGetProperty(name, out _);

    /// <summary>The first 32-bit number of a property; null when there is no such property or it is shorter.</summary>
    public uint? Number(string name) => TryGetProperty(name, out var property) && property.Value.Length >= 4 ? property.Cell(0) : null;

    /// <summary>The strings of a property; empty when there is none or it is no list of strings.</summary>
    public ImmutableArray<string> Strings(string name) =>
        TryGetProperty(name, out var property) && property.TryGetStrings(out var strings) ? strings : [];

    /// <summary>What other nodes refer to it by; null when none does. Source: drivers/of/fdt.c, populate_properties.</summary>
    public uint? Phandle => Number("phandle") ?? Number("linux,phandle");

    /// <summary>The highest phandle of the node and all below it, 0 without any. All ones is no phandle.</summary>
    public uint HighestPhandle() => Children.Aggregate(
        Phandle is { } phandle and not uint.MaxValue ? phandle : 0, (highest, child) => Math.Max(highest, child.HighestPhandle()));

    /// <summary>Whether the node takes part: no status, "okay" or "ok". Source: drivers/of/base.c, __of_device_is_available.</summary>
    public bool IsAvailable =>
        !TryGetProperty("status", out var status)
            || (status.Value.Length > 0 && status.TryGetStrings(out var text) && text is ["okay" or "ok", ..]);

    public bool IsCompatibleWith(string compatible) => Strings("compatible").Contains(compatible, StringComparer.Ordinal);

    /// <summary>
    /// The index in <see cref="Children"/> of the child that a path segment means: the one of exactly this name, or, for a
    /// segment without unit address, the first whose name without unit address it is. -1 when there is none.
    /// </summary>
    public int IndexOfChild(ReadOnlySpan<char> segment)
    {
        var byBaseName = -1;
        for (var i = 0; i < Children.Length; i++)
        {
            var name = Children[i].Name.AsSpan();
            if (name.SequenceEqual(segment))
            {
                return i;
            }

            if (byBaseName < 0 && name.Length > segment.Length && name[segment.Length] == '@'
                && name.StartsWith(segment, StringComparison.Ordinal))
            {
                byBaseName = i;
            }
        }

        return byBaseName;
    }

    /// <summary>With the property in the place of the one of its name, or as the last.</summary>
    public DeviceTreeNode WithProperty(DeviceTreeProperty property)
    {
        for (var i = 0; i < Properties.Length; i++)
        {
            if (Properties[i].Name == property.Name)
            {
                return this with { Properties = Properties.SetItem(i, Properties[i] with { Value = property.Value }) };
            }
        }

        return this with { Properties = Properties.Add(property) };
    }

    /// <summary>Without the properties of this name.</summary>
    public DeviceTreeNode WithoutProperty(string name) =>
        this with { Properties = Properties.RemoveAll(property => property.Name == name) };

    /// <summary>With the child in the place of the one of exactly its name, or as the last.</summary>
    public DeviceTreeNode WithChild(DeviceTreeNode child)
    {
        for (var i = 0; i < Children.Length; i++)
        {
            if (Children[i].Name == child.Name)
            {
                return this with { Children = Children.SetItem(i, child) };
            }
        }

        return this with { Children = Children.Add(child) };
    }

    /// <summary>The same properties and children in the same order, down to the leaves.</summary>
    public bool Equals(DeviceTreeNode? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Name == other.Name && Properties.AsSpan().SequenceEqual(other.Properties.AsSpan())
            && Children.AsSpan().SequenceEqual(other.Children.AsSpan()));

    public override int GetHashCode() => HashCode.Combine(Name, Properties.Length, Children.Length);
}
