using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Linting;

/// <summary>
/// What is wrong, dead, or believed to work and does not, in the bindings of a device tree around IOMMUs. Every finding says
/// what the kernel really does.
/// </summary>
public static class BindingLinter
{
    /// <summary>What keeps a prediction from being that of the machine: maps that the bootloader fills in (KB7113).</summary>
    public static IEnumerable<Diagnostic> Placeholders(IommuTree tree) =>
        tree.Hosts.Where(host => host.IsPlaceholder).Select(HostStreamRules.Placeholder);

    /// <param name="topology">The machine's functions, when they are known: then what is not covered is named.</param>
    /// <param name="kernel">The version that is to read the tree.</param>
    /// <returns>KB7101 to KB7114, in the order of the tree.</returns>
    public static ImmutableArray<Diagnostic> Lint(IommuTree tree, KernelVersion kernel, PciTopology? topology = null) =>
    [
        .. PropertyRules.Check(tree),
        .. tree.Hosts.Where(host => host.Node.IsReachable).SelectMany(host => MapRules.Check(tree, host, kernel)),
        .. CoverageRules.Check(tree, kernel, topology),
        .. StreamRules.Check(tree),
        .. HostStreamRules.Check(tree, kernel),
    ];
}
