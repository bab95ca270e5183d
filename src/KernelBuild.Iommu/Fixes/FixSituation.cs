using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Fixes;

/// <summary>A machine, its groups, and the device that is to be set apart.</summary>
/// <param name="Device">Null for the machine as a whole.</param>
internal sealed record FixSituation(IommuTree Tree, PciTopology Topology, PredictionOptions Options, GroupPrediction Before, string? Device)
{
    /// <summary>The functions whose grouping matters: the device's companions, or all.</summary>
    public IEnumerable<PciFunction> Members =>
        Device is null ? Topology.Functions
        : Before.Of(Device)?.Group is null ? Topology.Functions.Where(function => function.Address.ToString() == Device)
        : Before.Companions(Device).Select(name => Before.Of(name)!.Function).OfType<PciFunction>();

    /// <summary>
    /// The bridge in whose name the device's requests arrive, null for a device that speaks for itself. Nothing can be asserted
    /// behind it: Linux could be brought to form a group, and the IOMMU would still take two devices for one.
    /// </summary>
    public PciFunction? BridgeThatSpeaksFor =>
        Device is not null && Before.Of(Device)?.Function is { } function && DmaAliases.Of(Topology, function)[^1].Source is var last
            && !ReferenceEquals(last, function) ? last : null;

    /// <summary>The functions on the root bus through which the members reach memory.</summary>
    public IEnumerable<PciFunction> RootPorts => Members.Select(Root).DistinctBy(function => function.Address);

    public GroupPrediction Predict(PciTopology? topology = null, IommuTree? tree = null, PredictionOptions? options = null) =>
        GroupPredictor.Predict(tree ?? Tree, topology ?? Topology, options ?? Options);

    public PciHost? HostOf(uint domain) => Tree.HostOf(domain, Options.HostPaths);

    public bool IsAtOrBelow(PciFunction function, PciFunction root)
    {
        for (PciFunction? current = function; current is not null; current = Topology.BridgeAbove(current))
        {
            if (current.Address == root.Address)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A fix helps when the device gets a group or a smaller one; for the machine, when there are more groups or fewer devices without;
    /// dma-coherent always.
    /// </summary>
    public bool Helps(GroupFix fix)
    {
        if (fix.Name == "dma-coherent")
        {
            return true;
        }

        if (Device is null)
        {
            return fix.After.Groups.Length > Before.Groups.Length || fix.After.Ungrouped.Count() < Before.Ungrouped.Count();
        }

        var (before, after) = (Before.Companions(Device).Length, fix.After.Companions(Device).Length);
        return after > 0 && (before == 0 || after < before);
    }

    private PciFunction Root(PciFunction function)
    {
        var root = function;
        for (var bridge = Topology.BridgeAbove(function); bridge is not null; bridge = Topology.BridgeAbove(bridge))
        {
            root = bridge;
        }

        return root;
    }
}
