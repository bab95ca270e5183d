using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// Predicts the groups that Linux forms from a device tree and the configuration space of the PCI functions, without running
/// anything. By the rules of docs/guide/iommu-groups.md; each decision names the kernel function whose rule it follows.
/// </summary>
public sealed partial class GroupPredictor
{
    private readonly IommuTree _tree;
    private readonly PciTopology _topology;
    private readonly PciTopology _captured;
    private readonly PredictionOptions _options;
    private readonly AcsRules _acs;
    private readonly PciGrouping _grouping;
    private readonly PciGrouping _groupingOfPorts;
    private readonly PciTopology? _portsBoundWith;
    private readonly Dictionary<IommuProvider, StreamTable> _streams = [];
    private readonly Dictionary<SharedGroup, (int Group, string Device)> _shared = [];
    private readonly Dictionary<PciAddress, GroupDecision> _pci = [];
    private readonly List<GroupDecision> _platform = [];
    private int _groups;

    private GroupPredictor(IommuTree tree, PciTopology topology, PredictionOptions options, PciTopology? portsBoundWith,
        PciTopology captured)
    {
        _captured = captured;
        _tree = tree;
        _topology = topology;
        _options = options;
        _portsBoundWith = portsBoundWith;
        _acs = new AcsRules(topology, options);
        _grouping = new PciGrouping(topology, _acs, HasGroup);
        _groupingOfPorts = portsBoundWith is null
            ? _grouping
            : new PciGrouping(portsBoundWith, new AcsRules(portsBoundWith, options), HasGroup);
    }

    /// <summary>
    /// The groups once every function has a driver, ports first. A device whose group depends on what was not captured has none, and the
    /// rule <see cref="GroupingRule.NotCaptured"/>.
    /// </summary>
    /// <param name="portsBoundWith">
    /// The same functions as they were when pcieport bound to the ports, where registers were changed between that and the binding of the
    /// endpoints.
    /// </param>
    public static GroupPrediction Predict(
        IommuTree tree, PciTopology topology, PredictionOptions? options = null, PciTopology? portsBoundWith = null)
    {
        var settled = options ?? new PredictionOptions();
        var machines = PossibleMachines.Of(topology);
        return UnknownGroups.Merge(
            tree, topology, settled,
            machines.IsEmpty
                ? [Run(tree, topology, settled, portsBoundWith, topology)]
                : [.. machines.Select(fill => Run(tree, topology.Change(fill), settled, portsBoundWith?.Change(fill), topology))]);
    }

    /// <param name="captured">The functions as they were captured: <paramref name="topology"/> has what is missing filled in.</param>
    private static GroupPrediction Run(
        IommuTree tree, PciTopology topology, PredictionOptions options, PciTopology? portsBoundWith, PciTopology captured)
    {
        var predictor = new GroupPredictor(tree, topology, options, portsBoundWith, captured);
        predictor.Run();
        return new GroupPrediction([.. topology.Functions.Select(function => predictor._pci[function.Address]), .. predictor._platform]);
    }

    private void Run()
    {
        foreach (var master in _tree.Masters)
        {
            if (master.Node.IsReachable)
            {
                _platform.Add(DecidePlatform(master));
            }
        }

        foreach (var function in BindingOrder.Of(_topology, _options))
        {
            _pci[function.Address] = DecidePci(function);
        }
    }

    private PciGroupChoice Choose(PciFunction function, List<(PciFunction Source, RequesterId Rid)> aliases) =>
        function.IsBridge && _portsBoundWith?.Find(function.Address) is { } then
            ? _groupingOfPorts.Choose(then, DmaAliases.Of(_portsBoundWith, then))
            : _grouping.Choose(function, aliases);

    private bool HasGroup(PciFunction function) => GroupOf(function) is not null;

    private int? GroupOf(PciFunction function) => _pci.GetValueOrDefault(function.Address)?.Group;

    private GroupDecision DecidePci(PciFunction function)
    {
        var aliases = DmaAliases.Of(_topology, function);
        var host = _tree.HostOf(function.Address.Domain, _options.HostPaths);
        var evidence = EvidenceOf(function, aliases, host);
        StreamResult? found = null;

        // pcieport matches every bridge by its class: it refuses those of conventional PCI, but its probe has been tried, and the group is
        // there by then.
        if (!_options.Kernel.GroupsAtEnumeration && _options.Unbound.Contains(function.Address) && !function.IsBridge)
        {
            return Decision(
                GroupingRule.DriverBinding, "no driver is bound to it, and before 6.15 a device gets its group when a driver is bound",
                "drivers/base/dd.c: really_probe");
        }

        if (host is null && _tree.IsAcpiStub)
        {
            evidence.Add("ACPI's tables, not the device tree, say which IOMMU is above it; they were not read");
            var byRules = Choose(function, aliases);
            return Decision(
                byRules.Rule, byRules.Reason, PciGrouping.Source, byRules.Joined is null ? _groups++ : GroupOf(byRules.Joined)!.Value,
                byRules.Joined?.Address.ToString());
        }

        found = StreamLookup.OfPci(_tree, host, aliases, _options.Kernel);
        if (found.Provider is not { } provider)
        {
            return Decision(found.Rule, found.Reason, StreamLookup.Source);
        }

        evidence.Add($"stream IDs at {provider.Path}, {IommuCompatibles.NameOf(provider.Kind)}: {string.Join(", ", found.Streams)}");
        var table = TableOf(provider);
        if (table.Take(function.Address.ToString(), found.Streams, out var entries) is { } refused)
        {
            return Decision(
                GroupingRule.StreamIdInUse, refused,
                provider.Kind == IommuKind.Smmu ? "arm-smmu.c: arm_smmu_master_alloc_smes" : "arm-smmu-v3.c: arm_smmu_insert_master");
        }

        if (provider.Kind == IommuKind.Smmu)
        {
            var group = table.GroupOf(entries, out var conflict, out var with);
            if (conflict)
            {
                return Decision(
                    GroupingRule.IommuDriver, "its stream IDs belong to two groups already: -22", "arm-smmu.c: arm_smmu_device_group");
            }

            if (group is not null)
            {
                return Decision(
                    GroupingRule.IommuDriver, $"its stream ID is matched by the register that {with} uses: the SMMU cannot tell them apart",
                    "arm-smmu.c: arm_smmu_device_group", group, with);
            }
        }
        else if (ByDriver(provider, found.Streams) is { Rule: { } rule } driver)
        {
            return driver.Key is { } key
                ? Shared(new SharedGroup(key.Node, key.Region), driver.Reason)
                : Decision(rule, driver.Reason, "drivers/iommu: the driver's device_group");
        }

        var choice = Choose(function, aliases);
        var chosen = choice.Joined is null ? _groups++ : GroupOf(choice.Joined)!.Value;
        table.SetGroup(entries, chosen);
        return Decision(choice.Rule, choice.Reason, PciGrouping.Source, chosen, choice.Joined?.Address.ToString());

        GroupDecision Shared(SharedGroup key, string reason)
        {
            var isNew = !_shared.TryGetValue(key, out var shared);
            if (isNew)
            {
                _shared[key] = shared = (_groups++, function.Address.ToString());
            }

            return Decision(
                GroupingRule.IommuDriver, reason, "drivers/iommu: the driver's device_group", shared.Group, isNew ? null : shared.Device);
        }

        GroupDecision Decision(GroupingRule rule, string reason, string source, int? group = null, string? joined = null) =>
            new(function.Address.ToString(), group, rule, reason, source, evidence.ToImmutable())
            {
                Function = function,
                Joined = joined,
                Streams = found?.Streams ?? [],
                Provider = found?.Provider,
            };
    }

    /// <summary>What is known of a function before any rule is applied to it.</summary>
    private ImmutableArray<string>.Builder EvidenceOf(
        PciFunction function, List<(PciFunction Source, RequesterId Rid)> aliases, PciHost? host)
    {
        var evidence = ImmutableArray.CreateBuilder<string>();
        var captured = _captured.Find(function.Address) ?? function;
        evidence.Add(
            $"{captured.Kind} {function.Id}" + (function.IsMultifunction ? ", multifunction" : "")
            + (function.Driver is null ? "" : $", driver {function.Driver}"));
        evidence.Add("requester IDs: " + string.Join(", ", aliases.Select(alias =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"0x{alias.Rid.Value:x4}{(ReferenceEquals(alias.Source, function) ? "" : $" (as {alias.Source})")}"))));
        var registers = captured.Acs is not { } acs ? ""
            : string.Create(CultureInfo.InvariantCulture, $"capability 0x{(int)acs.Capability:x2}, control 0x{(int)acs.Control:x2}")
                + (acs.Offset > 0 ? string.Create(CultureInfo.InvariantCulture, $" at 0x{acs.Offset:x}; ") : "; ");
        evidence.Add("ACS: " + (captured.IsTypeUnknown ? "unknown: the capabilities are not in the input"
            : captured.IsAcsUnknown ? "unknown: its control register is not in the input"
            : registers + _acs.Of(function).Why));
        if (host is not null)
        {
            evidence.Add("host bridge: " + host.Path);
        }

        return evidence;
    }

    /// <summary>What the IOMMU's driver decides without the rules of the core.</summary>
    private DriverGroup ByDriver(IommuProvider provider, ImmutableArray<StreamId> streams) =>
        IommuCompatibles.HasOneGroup(provider.Kind)
            ? DriverGroup.Shared(
                provider.Node, 0, $"all devices of the {IommuCompatibles.NameOf(provider.Kind)} {provider.Path} share one group")
            : provider.Kind == IommuKind.MediaTek
                ? MediaTekGroups.Of(provider, streams, _tree.Providers, _options.Kernel)
                : DriverGroup.Own;

    private StreamTable TableOf(IommuProvider provider)
    {
        if (!_streams.TryGetValue(provider, out var table))
        {
            _streams[provider] = table = new StreamTable(provider, _options.Kernel);
        }

        return table;
    }

    /// <summary>
    /// A group that devices enter without being looked at one by one: of an IOMMU, a region of it, or a vendor's group node.
    /// </summary>
    private readonly record struct SharedGroup(LocatedNode Node, uint Region);
}
