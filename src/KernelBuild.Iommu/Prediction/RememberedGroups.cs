using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Groups of drivers that remember one for each stream ID and give it to whoever has that stream: Apple's DART, over several DARTs of one
/// device, and Tegra's SMMU, by swgroup or by a table of the SoC. Source: apple-dart.c, apple_dart_device_group and
/// apple_dart_merge_master_cfg; tegra-smmu.c, tegra_smmu_device_group.
/// </summary>
internal sealed class RememberedGroups
{
    private const int MostDarts = 2;
    private readonly Dictionary<(LocatedNode Iommu, uint Stream), (int Group, string Device)> _groups = [];
    private readonly Dictionary<int, LocatedNode?> _dartOf = [];

    /// <param name="streams">With their DARTs, in the order of the device's iommus.</param>
    public DriverGroup OfDarts(ImmutableArray<(LocatedNode Iommu, uint Stream)> streams)
    {
        var darts = streams.Select(stream => stream.Iommu).Distinct().ToArray();
        if (darts.Length > MostDarts)
        {
            return DriverGroup.Refused(string.Create(
                CultureInfo.InvariantCulture, $"it is behind {darts.Length} DARTs, and the driver takes {MostDarts}: -22"));
        }

        (int Group, string Device)? last = null;
        ImmutableArray<(LocatedNode, uint)> keys =
        [
            .. darts.SelectMany(dart => streams.Where(stream => stream.Iommu == dart).Distinct().OrderBy(stream => stream.Stream)),
        ];
        foreach (var key in keys)
        {
            (int Group, string Device)? here = _groups.TryGetValue(key, out var found) ? found : null;
            if (last is { } before && here?.Group != before.Group)
            {
                return DriverGroup.Refused(
                    $"its stream {Text(key)} is not in the group of those before it, which {before.Device} has: -22");
            }

            last = here;
        }

        return last is { } group
            ? DriverGroup.Joins(group.Group, group.Device, $"{group.Device} has the same stream at the DART, which cannot tell them apart")
            : DriverGroup.Own with { Remembered = keys, IsDart = true };
    }

    /// <param name="stream">The device's first: the driver looks at no other.</param>
    /// <param name="table">The number of the SoC's table that the swgroup is in; null for none.</param>
    public DriverGroup OfTegra(LocatedNode iommu, uint stream, int? table, KernelVersion kernel)
    {
        // before 5.11 only tables are shared
        if (table is null && kernel < new KernelVersion(5, 11))
        {
            return DriverGroup.Own;
        }

        var key = (iommu, table is { } number ? uint.MaxValue - (uint)number : stream);
        return _groups.TryGetValue(key, out var found)
            ? DriverGroup.Joins(found.Group, found.Device, table is null
                ? string.Create(CultureInfo.InvariantCulture, $"{found.Device} has the same swgroup, 0x{stream:x}")
                : string.Create(CultureInfo.InvariantCulture, $"its swgroup 0x{stream:x} and that of {found.Device} are one group in the SoC's table"))
            : DriverGroup.Own with { Remembered = [key] };
    }

    /// <summary>Why a device cannot enter a group that the core chose; null when it can.</summary>
    public string? Refusal(DriverGroup driver, int group) => !driver.IsDart || !_dartOf.TryGetValue(group, out var dart) ? null
        : driver.Remembered.Select(key => key.Iommu).Distinct().ToArray() is [var own] && ReferenceEquals(own, dart) ? null
        : "the group that it would join is of another DART: \"Failed to merge DART IOMMU groups\", -22";

    public void Set(DriverGroup driver, int group, string device)
    {
        foreach (var key in driver.Remembered)
        {
            _groups[key] = (group, device);
        }

        if (driver.IsDart)
        {
            _dartOf.TryAdd(group, driver.Remembered.Select(key => key.Iommu).Distinct().ToArray() is [var only] ? only : null);
        }
    }

    private static string Text((LocatedNode Iommu, uint Stream) key) =>
        string.Create(CultureInfo.InvariantCulture, $"0x{key.Stream:x} at {key.Iommu.Path}");
}
