using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Prediction;

/// <summary>Keeps of several predictions what they have in common; the groups of all other devices are unknown, and why is said.</summary>
internal sealed class UnknownGroups
{
    private const string Command = "capture it as root: lspci -D -nnk -xxxx, or kernelbuild iommu capture";

    private readonly PciTopology _topology;
    private readonly PredictionOptions _options;
    private readonly ImmutableArray<GroupPrediction> _possible;
    private readonly HashSet<string> _unplaced;
    private readonly ImmutableHashSet<uint> _atEnumeration;

    /// <param name="topology">As it was captured.</param>
    /// <param name="possible">A prediction for each machine that it can be; at least one.</param>
    private UnknownGroups(IommuTree tree, PciTopology topology, PredictionOptions options, ImmutableArray<GroupPrediction> possible)
    {
        _topology = topology;
        _options = options;
        _possible = possible;
        _atEnumeration = GroupPredictor.DomainsAtEnumeration(tree, topology, options);
        _unplaced = topology.Functions.Where(function => IsUnplaced(tree, topology, options, function))
            .Select(function => function.Address.ToString()).ToHashSet(StringComparer.Ordinal);
    }

    public static GroupPrediction Merge(
        IommuTree tree, PciTopology topology, PredictionOptions options, ImmutableArray<GroupPrediction> possible) =>
        new UnknownGroups(tree, topology, options, possible).Merge();

    /// <summary>
    /// Whether it is not known what is above or below a function: bus numbers of bridges are not in lspci's output without -v, and an
    /// excerpt can lack the bridge.
    /// </summary>
    public static bool IsUnplaced(IommuTree tree, PciTopology topology, PredictionOptions options, PciFunction function)
    {
        if (function.IsBusUnknown)
        {
            return true;
        }

        // what is below a bridge is where that is: all the way up counts
        var domain = function.Address.Domain;
        while (topology.BridgeAbove(function) is { } above)
        {
            function = above;
        }

        if (tree.HostOf(domain, options.HostPaths) is not { } host)
        {
            // without a tree the lowest bus is a root bus; another is one when all bridges are known and none leads to it
            var functions = topology.Functions.Where(other => other.Address.Domain == domain).ToArray();
            var root = domain == 0 ? 0 : functions.Min(other => other.Address.Rid.Bus);
            return tree.IsAcpiStub && (function.PhysicalFunction ?? function.Address).Rid.Bus != root
                && (functions.All(other => other.Address.Rid.Bus != root)
                    || Array.Exists(functions, other => other.IsBusUnknown));
        }

        return !tree.Hosts.Where(other => other.Domain == domain).Append(host)
                .Any(other => other.RootBus == (function.PhysicalFunction ?? function.Address).Rid.Bus);
    }

    private GroupPrediction Merge()
    {
        if (_unplaced.Count == 0 && _possible.Length == 1 && !_topology.IsCut)
        {
            return _possible[0];
        }

        var numbers = new Dictionary<int, int>();
        return new GroupPrediction(
        [
            .. _possible[0].Decisions.Select((decision, index) =>
            {
                var original = decision.Function is null ? decision
                    : decision with { Function = _topology.Find(decision.Function.Address) };
                if (IsUnknown(index))
                {
                    return original with
                    {
                        Group = null,
                        Joined = null,
                        Rule = GroupingRule.NotCaptured,
                        Reason = $"unknown, because {Why(index)} not in the input; {Command}",
                    };
                }

                return decision.Group is not { } group ? original
                    : original with { Group = numbers.TryGetValue(group, out var known) ? known : numbers[group] = numbers.Count };
            }),
        ]);
    }

    private bool IsUnknown(int index)
    {
        if (_possible.All(one => one.Decisions[index].Group is null))
        {
            return false;
        }

        var device = _possible[0].Decisions[index].Device;
        var first = _possible[0].Companions(device);
        return (_topology.IsCut && _possible[0].Decisions[index].Function is not null)
            || _possible.Any(one => !one.Companions(device).SequenceEqual(first, StringComparer.Ordinal)
            || one.Companions(device).Any(_unplaced.Contains));
    }

    /// <summary>What is missing: "the types of A and B are", with the verb.</summary>
    private string Why(int index)
    {
        var device = _possible[0].Decisions[index].Device;
        var near = _possible.SelectMany(one => one.Companions(device)).Append(device).Distinct(StringComparer.Ordinal)
            .Select(name => PciAddress.TryParse(name, out var address) ? _topology.Find(address) : null).OfType<PciFunction>()
            .SelectMany(WithBridges).Distinct().OrderBy(function => function.Address).ToArray();
        string[] parts =
        [
            .. _topology.IsCut ? (string[])["what follows the place where the text was cut"] : [],
            .. Part("the class", near.Where(function => function.IsClassUnknown)),
            .. Part("the type", near.Where(function => function is { IsTypeUnknown: true, IsClassUnknown: false })),
            .. Part(
                "the multi-function bit (from 6.15 on it decides, and lspci shows it with -x only)",
                near.Where(function => function.IsMultifunctionBitUnknown && _atEnumeration.Contains(function.Address.Domain))),
            .. Part(
                "the device number (a quirk of the kernel may take it for isolated)",
                near.Where(function => !function.HasIds && KnownIsolationQuirks.MayName(function, _options))),
            .. Part(
                "what pci_dev_acs_enabled[] finds in chipset registers or the table IVRS",
                near.Where(function => function.HasIds && KnownIsolationQuirks.MayName(function, _options)), " for"),
            .. Part("the state of ACS", near.Where(function => function.IsAcsUnknown)),
            .. Part(
                "the bus",
                near.Where(function => function.IsBridge && _unplaced.Contains(function.Address.ToString())), " behind"),
            .. near.Where(function => !function.IsBridge && !function.IsClassUnknown && _unplaced.Contains(function.Address.ToString()))
                .Select(function => function.Address.Rid.Bus).Distinct()
                .Select(bus => string.Create(CultureInfo.InvariantCulture, $"the bridge above bus {bus:x2}")),
        ];
        return string.Join(" and ", parts) + (parts.Length == 1 ? " is" : " are");
    }

    private static IEnumerable<string> Part(string what, IEnumerable<PciFunction> functions, string preposition = " of")
    {
        var names = functions.Select(function => function.Address.ToString()).ToArray();
        if (names.Length > 0)
        {
            yield return $"{what}{preposition} {Counted.Names(names, 4)}";
        }
    }

    private IEnumerable<PciFunction> WithBridges(PciFunction function)
    {
        for (PciFunction? current = function; current is not null; current = _topology.BridgeAbove(current))
        {
            yield return current;
        }
    }
}
