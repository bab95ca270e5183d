using System.Collections.Immutable;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Which devices share a group. The numbers of groups mean nothing, since Linux counts in the order of binding: partitions are equal when
/// the same devices are together and the same devices have no group.
/// </summary>
public sealed class GroupPartition : IEquatable<GroupPartition>
{
    private readonly Dictionary<string, IommuGroup> _groupOf = new(StringComparer.Ordinal);

    private GroupPartition(IEnumerable<IommuGroup> groups, IEnumerable<string> ungrouped)
    {
        Groups = [.. groups];
        Ungrouped = [.. ungrouped.Order(StringComparer.Ordinal)];
        foreach (var group in Groups)
        {
            foreach (var device in group.Devices)
            {
                _groupOf[device] = group;
            }
        }
    }

    /// <summary>By number.</summary>
    public ImmutableArray<IommuGroup> Groups { get; }

    /// <summary>Devices without a group, by name.</summary>
    public ImmutableArray<string> Ungrouped { get; }

    /// <summary>The partition that numbers of groups make.</summary>
    /// <param name="devices">Each with its group, or null for none; of several entries for one device the last counts.</param>
    public static GroupPartition Of(IEnumerable<(string Device, int? Group)> devices)
    {
        var groups = new Dictionary<string, int?>(StringComparer.Ordinal);
        foreach (var (device, group) in devices)
        {
            groups[device] = group;
        }

        return new GroupPartition(
            groups.Where(device => device.Value is not null)
                .GroupBy(device => device.Value!.Value, device => device.Key)
                .OrderBy(group => group.Key)
                .Select(group => new IommuGroup(group.Key, [.. group.Order(StringComparer.Ordinal)])),
            groups.Where(device => device.Value is null).Select(device => device.Key));
    }

    /// <summary>The partition that lists of devices make; they are numbered from 0 on.</summary>
    public static GroupPartition Of(IEnumerable<IEnumerable<string>> groups, IEnumerable<string> ungrouped) =>
        new(groups.Select((devices, id) => new IommuGroup(id, [.. devices.Order(StringComparer.Ordinal)])), ungrouped);

    /// <summary>The devices that share a device's group, itself included, by name; empty when it has none or is not there.</summary>
    public ImmutableArray<string> Companions(string device) => _groupOf.TryGetValue(device, out var group) ? group.Devices : [];

    /// <summary>The same for some of the devices only.</summary>
    public GroupPartition Among(Func<string, bool> isWanted) => new(
        Groups.Select(group => group with { Devices = [.. group.Devices.Where(isWanted)] }).Where(group => !group.Devices.IsEmpty),
        Ungrouped.Where(isWanted));

    public bool Equals(GroupPartition? other) =>
        other is not null
        && Groups.Length == other.Groups.Length
        && Ungrouped.SequenceEqual(other.Ungrouped, StringComparer.Ordinal)
        && Groups.All(group => group.Devices.SequenceEqual(other.Companions(group.Devices[0]), StringComparer.Ordinal));

    public override bool Equals(object? obj) => Equals(obj as GroupPartition);

    public override int GetHashCode() => HashCode.Combine(Groups.Length, _groupOf.Count, Ungrouped.Length);

    /// <summary>A line for each group, and one that begins with "-" for the devices without one; the same for equal partitions.</summary>
    public override string ToString() =>
        string.Join('\n', Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal)) + "\n- "
        + string.Join(' ', Ungrouped);
}
