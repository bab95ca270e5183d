using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// The order in which Linux formed the groups of a captured machine, as far as their numbers tell: it numbers them as it makes them
/// (iommu_group_alloc), so a port whose group has a higher number than that of a function behind it came later.
/// </summary>
public static class RecordedOrder
{
    /// <summary>The options, with what the capture shows of the order.</summary>
    public static PredictionOptions Apply(PciTopology topology, PredictionOptions options) =>
        options.EndpointsFirst || options.Kernel.GroupsAtEnumeration || !EarlyEndpoints(topology).Any()
            ? options
            : options with { EndpointsFirst = true };

    /// <summary>Functions that stand apart from the ports above them by the order alone.</summary>
    /// <returns>KB7019, or nothing where the order makes no difference.</returns>
    public static IEnumerable<Diagnostic> Check(IommuTree tree, PciTopology topology, PredictionOptions options, GroupPrediction prediction)
    {
        if (!options.EndpointsFirst || options.Kernel.GroupsAtEnumeration || !EarlyEndpoints(topology).Any())
        {
            yield break;
        }

        var portsFirst = GroupPredictor.Predict(tree, topology, options with { EndpointsFirst = false });
        string[] apart =
        [
            .. topology.Functions.Where(function => !function.IsBridge).Select(function => function.Address.ToString())
                .Where(device => !prediction.Partition.Companions(device)
                    .SequenceEqual(portsFirst.Partition.Companions(device), StringComparer.Ordinal)),
        ];
        if (apart.Length > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.GroupsFollowOrder,
                $"{string.Join(' ', apart)}: apart from {(apart.Length == 1 ? "its port" : "their ports")} by the order of binding alone. The numbers of the "
                + "groups show that endpoints got theirs before the ports above them, which do not isolate",
                "do not rely on it: boot with fw_devlink.strict=1, which 6.1 knows and 5.10 does not, or make the endpoints' drivers modules, and read the groups again");
        }
    }

    /// <summary>Functions with a group that was made before that of a port above them.</summary>
    private static IEnumerable<PciFunction> EarlyEndpoints(PciTopology topology) => topology.Functions.Where(function =>
        !function.IsBridge && function.RecordedGroup is { } own && Above(topology, function).Any(port => port.RecordedGroup > own));

    private static IEnumerable<PciFunction> Above(PciTopology topology, PciFunction function)
    {
        for (var port = topology.BridgeAbove(function); port is not null; port = topology.BridgeAbove(port))
        {
            yield return port;
        }
    }
}
