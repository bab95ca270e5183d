using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <content>Devices of the platform, which their own <c>iommus</c> put behind an IOMMU.</content>
public sealed partial class GroupPredictor
{
    private GroupDecision DecidePlatform(PlatformMaster master)
    {
        var device = master.DeviceName;
        var found = StreamLookup.OfPlatform(_tree, master);
        ImmutableArray<string> evidence = ["device tree: " + master.Path];
        if (found.Provider is not { } provider)
        {
            return Decision(null, found.Rule, found.Reason, StreamLookup.Source, null);
        }

        evidence = evidence.Add(
            $"stream IDs at {provider.Path}, {IommuCompatibles.NameOf(provider.Kind)}: {string.Join(", ", found.Streams)}");
        var table = TableOf(provider);
        if (table.Take(device, found.Streams, out var entries) is { } refused)
        {
            return Decision(null, GroupingRule.StreamIdInUse, refused, "arm_smmu_probe_device", null);
        }

        if (VendorGroup(master) is { } vendor)
        {
            return Shared(
                new SharedGroup(vendor, 0), GroupingRule.IommuDriver,
                $"the vendor's kernel puts all devices that refer to {vendor.Path} into one group", "of_get_device_group");
        }

        if (provider.Kind == IommuKind.Smmu)
        {
            var group = table.GroupOf(entries, out var conflict, out var with);
            if (conflict || group is not null)
            {
                return conflict
                    ? Decision(
                        null, GroupingRule.IommuDriver, "its stream IDs belong to two groups already: -22",
                        "arm-smmu.c: arm_smmu_device_group", null)
                    : Decision(
                        group, GroupingRule.IommuDriver, $"its stream ID is matched by the register that {with} uses",
                        "arm-smmu.c: arm_smmu_device_group", with);
            }
        }
        else if (ByDriverOfPlatform(provider, found.Streams) is { Rule: { } rule } driver)
        {
            var source = driver.Key is null || provider.Kind == IommuKind.MediaTek
                ? "drivers/iommu: the driver's device_group"
                : "drivers/iommu/iommu.c: generic_single_device_group";
            return driver.Key is { } key
                ? Shared(new SharedGroup(key.Node, key.Region), rule, driver.Reason, source)
                : Decision(null, rule, driver.Reason, source, null);
        }

        var created = _groups++;
        table.SetGroup(entries, created);
        return Decision(
            created, GroupingRule.IommuDriver, "a platform device with stream IDs of its own gets a group of its own",
            "drivers/iommu/iommu.c: generic_device_group", null);

        GroupDecision Shared(SharedGroup key, GroupingRule rule, string reason, string source)
        {
            var isNew = !_shared.TryGetValue(key, out var shared);
            if (isNew)
            {
                _shared[key] = shared = (_groups++, device);
            }

            table.SetGroup(entries, shared.Group);
            return Decision(shared.Group, rule, reason, source, isNew ? null : shared.Device);
        }

        GroupDecision Decision(int? group, GroupingRule rule, string reason, string source, string? joined) =>
            new(device, group, rule, reason, source, evidence) { Joined = joined, Streams = found.Streams, Provider = found.Provider };
    }

    /// <summary>Drivers that group devices of the platform by tables or IDs of their own are not each asked here; PCI's rules are the core's.</summary>
    private DriverGroup ByDriverOfPlatform(IommuProvider provider, ImmutableArray<StreamId> streams) => provider.Kind switch
    {
        IommuKind.Tegra => DriverGroup.NotModelled($"{provider.Path} groups by the swgroup table of its SoC, which is not modelled"),
        IommuKind.Dart => DriverGroup.NotModelled($"{provider.Path} groups by sets of stream IDs, which is not modelled"),
        IommuKind.Unknown => DriverGroup.NotModelled(
            $"the driver of {provider.Path} ({string.Join(", ", provider.Node.Node.Strings("compatible"))}) is not known here"),
        _ => ByDriver(provider, streams),
    };

    /// <summary>
    /// The node that a vendor's kernel asks for the group: Samsung's on every kernel of theirs, Qualcomm's when it is said to be one.
    /// </summary>
    private LocatedNode? VendorGroup(PlatformMaster master)
    {
        var phandle = master.Node.Node.Number("samsung,iommu-group")
            ?? (_options.QualcommVendorKernel ? master.Node.Node.Number("qcom,iommu-group") : null);
        return phandle is { } value && _tree.Index.TryFindPhandle(value, out var node) ? node : null;
    }
}
