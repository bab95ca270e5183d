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
    private readonly RememberedGroups _remembered = new();
    private readonly Dictionary<IommuProvider, string> _unregistered = [];
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
        var atEnumeration = DomainsAtEnumeration(tree, topology, options);
        _grouping = new PciGrouping(topology, _acs, HasGroup, atEnumeration);
        _groupingOfPorts = portsBoundWith is null
            ? _grouping
            : new PciGrouping(portsBoundWith, new AcsRules(portsBoundWith, options), HasGroup, atEnumeration);
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
        var machines = PossibleMachines.Of(topology, settled, DomainsAtEnumeration(tree, topology, settled));
        return UnknownGroups.Merge(
            tree, topology, settled,
            machines.IsEmpty
                ? [Run(tree, topology, settled, portsBoundWith, topology)]
                : [.. machines.Select(fill => Run(tree, topology.Change(fill), settled, portsBoundWith?.Change(fill), topology))]);
    }

    /// <summary>
    /// The PCI domains whose functions get their groups while they are added. Not so where the IOMMU's driver comes after the bus has been
    /// scanned: with ACPI, and with a virtio-iommu that is a function of PCI itself. Source: drivers/iommu/iommu.c, iommu_device_register
    /// calling bus_iommu_probe for what is there already.
    /// </summary>
    internal static ImmutableHashSet<uint> DomainsAtEnumeration(IommuTree tree, PciTopology topology, PredictionOptions options) =>
        !options.Kernel.GroupsAtEnumeration || tree.IsAcpi ? []
        : topology.Functions.Select(function => function.Address.Domain).Distinct()
            .Where(domain => tree.HostOf(domain, options.HostPaths) is not { } host || !tree.HasIommuOnPci(host))
            .ToImmutableHashSet();

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
        var named = _options.HostPaths.Values
            .Select(path => _tree.Index.TryFind(path, out var node, out _) ? node : null).OfType<LocatedNode>().ToArray();
        foreach (var master in _tree.Masters)
        {
            if (master.Node.IsReachable && !named.Any(host => IommuTree.IsBelow(master.Node, host)))
            {
                _platform.Add(DecidePlatform(master));
            }
        }

        RefuseWhatIsNotRegistered();
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
        var draft = new Draft(
            function.Address.ToString(), function, PciNodes.Of(_tree, host, _topology, function), EvidenceOf(function, aliases, host));

        // pcieport matches every bridge by its class: it refuses those of conventional PCI, but its probe has been tried, and the group is
        // there by then.
        if (!_options.Kernel.GroupsAtEnumeration && _options.Unbound.Contains(function.Address) && !function.IsBridge)
        {
            return draft.Decide(
                GroupingRule.DriverBinding, "no driver is bound to it, and before 6.15 a device gets its group when a driver is bound",
                "drivers/base/dd.c: really_probe");
        }

        if (host is null && _tree.IsAcpiStub)
        {
            return ByPciRules(
                draft.Note("ACPI's tables, not the device tree, say which IOMMU is above it; they were not read"), DriverGroup.Own, aliases,
                out _);
        }

        return Behind(draft with { Found = StreamLookup.OfPci(_tree, host, aliases, _options.Kernel) }, aliases);
    }

    /// <summary>The decision about a device whose streams were looked up.</summary>
    /// <param name="aliases">Of a PCI function; null for a device of the platform.</param>
    private GroupDecision Behind(Draft draft, List<(PciFunction Source, RequesterId Rid)>? aliases)
    {
        var found = draft.Found!;
        if (found.Provider is not { } provider)
        {
            return draft.Decide(found.Rule, found.Reason, StreamLookup.Source);
        }

        if (_unregistered.TryGetValue(provider, out var refusedDevice))
        {
            return draft.Decide(GroupingRule.IommuDriver, NotRegistered(provider, refusedDevice), Registration);
        }

        draft = draft.Note($"stream IDs at {provider.Path}, {IommuCompatibles.NameOf(provider.Kind)}: {string.Join(", ", found.Streams)}");
        var table = TableOf(provider);
        if (table.Take(draft.Device, found.Streams, out var entries) is { } refused)
        {
            return draft.Decide(
                GroupingRule.StreamIdInUse, refused,
                provider.Kind == IommuKind.Smmu ? "arm-smmu.c: arm_smmu_master_alloc_smes" : "arm-smmu-v3.c: arm_smmu_insert_master");
        }

        var vendor = VendorGroup(draft.Node);
        if (vendor is null && provider.Kind == IommuKind.Smmu && Matched(draft, table, entries) is { } matched)
        {
            // the driver remembers a group that it asked for, not one that it found: registers that this device took have none yet
            return matched;
        }

        var decision = vendor is not null
            ? Enter(
                draft, new SharedGroup(vendor, 0), GroupingRule.IommuDriver,
                $"the vendor's kernel puts all devices that refer to {vendor.Path} into one group", "of_get_device_group")
            : ByDriver(draft, provider, aliases);
        if (decision.Group is { } group)
        {
            table.SetGroup(entries, group);
        }

        return decision;
    }

    /// <summary>SMMUv2: the group that comes with the device's registers; null when they bring none.</summary>
    private static GroupDecision? Matched(Draft draft, StreamTable table, IReadOnlyList<int> entries)
    {
        const string source = "arm-smmu.c: arm_smmu_device_group";
        var group = table.GroupOf(entries, out var conflict, out var with);
        return conflict
            ? draft.Decide(GroupingRule.IommuDriver, "its stream IDs belong to two groups already: -22", source)
            : group is null ? null
            : draft.Decide(
                GroupingRule.IommuDriver, $"its stream ID is matched by the register that {with} uses: the SMMU cannot tell them apart",
                source, group, with);
    }

    /// <summary>What the IOMMU's driver makes of the device, and where it leaves that to the core, what the core does.</summary>
    private GroupDecision ByDriver(Draft draft, IommuProvider provider, List<(PciFunction Source, RequesterId Rid)>? aliases)
    {
        var driver = AskDriver(provider, draft.Found!, aliases is not null);
        const string source = "drivers/iommu: the driver's device_group";
        if (driver.Existing is { } existing)
        {
            return draft.Decide(GroupingRule.IommuDriver, driver.Reason, source, existing.Group, existing.Device);
        }

        if (driver.Rule is { } rule)
        {
            return driver.Key is not { } key ? draft.Decide(rule, driver.Reason, source)
                : Enter(
                    draft, new SharedGroup(key.Node, key.Region), rule, driver.Reason,
                    IommuCompatibles.HasOneGroup(provider.Kind) ? "drivers/iommu/iommu.c: generic_single_device_group" : source);
        }

        GroupDecision decision;
        if (aliases is not null)
        {
            decision = ByPciRules(draft, driver, aliases, out var refused);
            if (refused)
            {
                return decision;
            }
        }
        else
        {
            decision = draft.Decide(
                GroupingRule.IommuDriver, "a platform device with stream IDs of its own gets a group of its own",
                "drivers/iommu/iommu.c: generic_device_group", _groups++);
        }

        _remembered.Set(driver, decision.Group!.Value, draft.Device);
        return decision;
    }

    private GroupDecision ByPciRules(
        Draft draft, DriverGroup driver, List<(PciFunction Source, RequesterId Rid)> aliases, out bool refused)
    {
        var choice = Choose(draft.Function!, aliases);
        refused = false;
        if (choice.Joined is null)
        {
            return draft.Decide(choice.Rule, choice.Reason, PciGrouping.Source, _groups++);
        }

        var group = GroupOf(choice.Joined)!.Value;
        if (_remembered.Refusal(driver, group) is { } why)
        {
            refused = true;
            return draft.Decide(GroupingRule.IommuDriver, why, "apple-dart.c: apple_dart_device_group");
        }

        return draft.Decide(choice.Rule, choice.Reason, PciGrouping.Source, group, choice.Joined.Address.ToString());
    }

    /// <summary>Puts a device into a group that devices enter without being looked at one by one.</summary>
    private GroupDecision Enter(Draft draft, SharedGroup key, GroupingRule rule, string reason, string source)
    {
        var isNew = !_shared.TryGetValue(key, out var shared);
        if (isNew)
        {
            _shared[key] = shared = (_groups++, draft.Device);
        }

        return draft.Decide(rule, reason, source, shared.Group, isNew ? null : shared.Device);
    }

    /// <summary>What is known of a function before any rule is applied to it.</summary>
    private ImmutableArray<string> EvidenceOf(
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

        return evidence.DrainToImmutable();
    }

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

    /// <summary>A decision in the making.</summary>
    /// <param name="Function">Null for a device of the platform.</param>
    /// <param name="Node">The device's own; null when it has none.</param>
    private sealed record Draft(string Device, PciFunction? Function, LocatedNode? Node, ImmutableArray<string> Evidence)
    {
        /// <summary>Null as long as nothing was looked up.</summary>
        public StreamResult? Found { get; init; }

        public Draft Note(string evidence) => this with { Evidence = Evidence.Add(evidence) };

        public GroupDecision Decide(GroupingRule rule, string reason, string source, int? group = null, string? joined = null) =>
            new(Device, group, rule, reason, source, Evidence)
            {
                Function = Function,
                Node = Node,
                Joined = joined,
                Streams = Found?.Streams ?? [],
                Provider = Found?.Provider,
            };
    }
}
