using System.Collections.Immutable;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Handover;

/// <summary>What of a host decides the machine of its guests.</summary>
/// <param name="GicVersion">Of the interrupt controller, 2 or 3; null when the tree names none that is known.</param>
/// <param name="HasIts">Whether a GICv3 has an ITS, which message-signalled interrupts of a handed-over function need.</param>
/// <param name="Clusters">
/// Processors of one kind each, by number, in the order of the tree: a guest's processors must be of one kind.
/// </param>
public sealed record GuestMachine(int? GicVersion, bool HasIts, ImmutableArray<CpuCluster> Clusters)
{
    private static readonly ImmutableArray<string> _gicV2 =
        ["arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,gic-v2", "arm,tc11mp-gic"];

    public static GuestMachine Of(IommuTree tree)
    {
        var nodes = tree.Index.Nodes.Where(node => node.Node.IsAvailable).ToArray();
        int? gic = nodes.Any(node => node.Node.IsCompatibleWith("arm,gic-v3")) ? 3
            : nodes.Any(node => _gicV2.Any(node.Node.IsCompatibleWith)) ? 2
            : null;
        var cpus = nodes.Where(node => node.Node.Strings("device_type").Contains("cpu", StringComparer.Ordinal)).ToArray();
        var clusters = cpus
            .Select((node, number) => (Number: number, Kind: node.Node.Strings("compatible").FirstOrDefault("")))
            .GroupBy(cpu => cpu.Kind, StringComparer.Ordinal)
            .Select(group => new CpuCluster(group.Key, [.. group.Select(cpu => cpu.Number)]));
        return new GuestMachine(gic, nodes.Any(node => node.Node.IsCompatibleWith("arm,gic-v3-its")), [.. clusters]);
    }
}
