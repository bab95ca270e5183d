using System.Collections.Immutable;

namespace KernelBuild.Iommu.Topology;

/// <summary>All PCI functions of a machine and how buses hang below bridges.</summary>
public sealed class PciTopology
{
    private readonly Dictionary<PciAddress, PciFunction> _functions = [];
    private readonly Dictionary<(uint Domain, byte Bus), PciFunction> _bridges = [];
    private readonly Dictionary<(uint Domain, byte Bus), ImmutableArray<PciFunction>> _buses;

    /// <param name="functions">
    /// In any order; of several for one address the last counts. A bridge whose bus is not above its own has none.
    /// </param>
    public PciTopology(IEnumerable<PciFunction> functions)
    {
        foreach (var function in functions)
        {
            _functions[function.Address] = function;
        }

        Functions = [.. _functions.Values.OrderBy(function => function.Address)];
        foreach (var bridge in Functions)
        {
            // buses are numbered downwards: anything else would be a loop
            if (bridge.SecondaryBus is { } bus && bus > bridge.Address.Rid.Bus)
            {
                _bridges.TryAdd((bridge.Address.Domain, bus), bridge);
            }
        }

        _buses = Functions
            .GroupBy(function => (function.Address.Domain, function.Address.Rid.Bus))
            .ToDictionary(bus => bus.Key, bus => bus.ToImmutableArray());
    }

    /// <summary>Whether the input breaks off, so that functions are missing.</summary>
    public bool IsCut { get; init; }

    /// <summary>By address: the order in which Linux enumerates them.</summary>
    public ImmutableArray<PciFunction> Functions { get; }

    public PciFunction? Find(PciAddress address) => _functions.GetValueOrDefault(address);

    /// <summary>
    /// The bridge above a function; null on a root bus. Above a virtual function is what is above its physical one, on whichever bus it
    /// has its number. Source: include/linux/pci.h, pci_upstream_bridge.
    /// </summary>
    public PciFunction? BridgeAbove(PciFunction function)
    {
        var bus = (function.PhysicalFunction ?? function.Address).Rid.Bus;
        return _bridges.GetValueOrDefault((function.Address.Domain, bus));
    }

    /// <summary>The functions on a function's bus, itself included.</summary>
    public ImmutableArray<PciFunction> OnBusOf(PciFunction function) => _buses[(function.Address.Domain, function.Address.Rid.Bus)];

    /// <summary>The functions on the bus behind a bridge.</summary>
    public ImmutableArray<PciFunction> Behind(PciFunction bridge) =>
        bridge.SecondaryBus is { } bus && ReferenceEquals(_bridges.GetValueOrDefault((bridge.Address.Domain, bus)), bridge)
            ? _buses.GetValueOrDefault((bridge.Address.Domain, bus), [])
            : [];

    /// <summary>The functions on the root buses.</summary>
    public IEnumerable<PciFunction> Roots => Functions.Where(function => BridgeAbove(function) is null);

    /// <summary>The topology with some functions changed.</summary>
    public PciTopology Change(Func<PciFunction, PciFunction> change) => new(Functions.Select(change)) { IsCut = IsCut };
}
