using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <content>Devices of the platform, which their own <c>iommus</c> put behind an IOMMU.</content>
public sealed partial class GroupPredictor
{
    private const string Registration = "drivers/iommu/iommu.c: iommu_device_register";

    private static readonly string[] Buses = ["simple-bus", "simple-mfd", "isa", "arm,amba-bus"];

    /// <summary>
    /// Since 6.15 the devices that are there get their groups while the IOMMU registers, and one that the driver refuses ends that: then
    /// no device has the IOMMU. Booted with arm-smmu on 7.2. Source: drivers/iommu/iommu.c, bus_iommu_probe and iommu_device_register;
    /// SMMUv3 refuses with -ENODEV, which is passed over (probe_iommu_group).
    /// </summary>
    private void RefuseWhatIsNotRegistered()
    {
        if (!_options.Kernel.GroupsAtEnumeration)
        {
            return;
        }

        foreach (var refused in _platform.Where(decision => decision is
            { Group: null, IsUnknown: false, Provider.Kind: IommuKind.Smmu } && IsThereEarly(decision.Node!)))
        {
            _unregistered.TryAdd(refused.Provider!, refused.Device);
        }

        for (var i = 0; i < _platform.Count; i++)
        {
            if (_platform[i] is { Group: not null, Provider: { } provider } && _unregistered.TryGetValue(provider, out var device))
            {
                _platform[i] = _platform[i] with
                {
                    Group = null,
                    Joined = null,
                    Rule = GroupingRule.IommuDriver,
                    Reason = NotRegistered(provider, device),
                    KernelFunction = Registration,
                };
            }
        }
    }

    private static string NotRegistered(IommuProvider provider, string device) =>
        $"{provider.Path} does not come up: its driver refuses {device}, and since 6.15 that ends the registration of the IOMMU "
        + "(\"Failed to register iommu\")";

    /// <summary>
    /// Whether Linux makes the device of a node while it goes through the tree. Others come later, with a driver. Source:
    /// drivers/of/platform.c, of_default_bus_match_table.
    /// </summary>
    private static bool IsThereEarly(LocatedNode node)
    {
        for (var above = node.Parent; above?.Parent is not null; above = above.Parent)
        {
            if (!Array.Exists(Buses, above.Node.IsCompatibleWith))
            {
                return false;
            }
        }

        return true;
    }

    private GroupDecision DecidePlatform(PlatformMaster master) => Behind(
        new Draft(master.DeviceName, null, master.Node, ["device tree: " + master.Path]) { Found = StreamLookup.OfPlatform(_tree, master) },
        aliases: null);

    /// <summary>
    /// What the driver decides by stream IDs alone. PCI's rules are the core's, whoever asks; others are not known of every driver.
    /// </summary>
    private DriverGroup AskDriver(IommuProvider provider, StreamResult found, bool isPci) => provider.Kind switch
    {
        _ when IommuCompatibles.HasOneGroup(provider.Kind) => DriverGroup.Shared(
            provider.Node, 0, $"all devices of the {IommuCompatibles.NameOf(provider.Kind)} {provider.Path} share one group"),
        IommuKind.MediaTek => MediaTekGroups.Of(provider, found.Streams, _tree.Providers, _options.Kernel),
        IommuKind.Dart => provider.Node.Node.Number("#iommu-cells") == 1
            ? _remembered.OfDarts(found.Places)
            : DriverGroup.Refused($"the driver of {provider.Path} wants #iommu-cells = <1>: -22"),
        IommuKind.Tegra when !TegraTables.IsKnown(provider) => DriverGroup.NotModelled(
            $"the swgroup table of {provider.Path} ({string.Join(", ", provider.Node.Node.Strings("compatible"))}) is not known here"),
        IommuKind.Tegra when !found.Streams.IsEmpty => _remembered.OfTegra(
            provider.Node, found.Streams[0].Id, TegraTables.Find(provider, found.Streams[0].Id), _options.Kernel),
        IommuKind.Unknown when !isPci => DriverGroup.NotModelled(
            $"the driver of {provider.Path} ({string.Join(", ", provider.Node.Node.Strings("compatible"))}) is not known here"),
        _ => DriverGroup.Own,
    };

    /// <summary>
    /// The node that a vendor's kernel asks for the group: Samsung's on every kernel of theirs, Qualcomm's when it is said to be one, of
    /// PCI
    /// functions, too, at their own nodes.
    /// </summary>
    private LocatedNode? VendorGroup(LocatedNode? device) =>
        VendorGroupProperty(device, _options) is { } property && _tree.Index.TryFindPhandle(property.Cell(0), out var node) ? node : null;

    /// <summary>The property that names the group's node, with one cell at least; null where this kernel reads none there.</summary>
    internal static DeviceTreeProperty? VendorGroupProperty(LocatedNode? device, PredictionOptions options) =>
        device is null ? null
        : device.Node.TryGetProperty("samsung,iommu-group", out var property) && property.Value.Length >= 4 ? property
        : options.QualcommVendorKernel && device.Node.TryGetProperty("qcom,iommu-group", out property) && property.Value.Length >= 4 ? property
        : null;
}
