using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Linting;

/// <summary>What the maps leave out, and IOMMUs that VFIO will not take.</summary>
internal static class CoverageRules
{
    public static IEnumerable<Diagnostic> Check(IommuTree tree, KernelVersion kernel, PciTopology? topology)
    {
        if (topology is not null)
        {
            var prediction = GroupPredictor.Predict(tree, topology, new PredictionOptions { Kernel = kernel });
            foreach (var decision in prediction.Ungrouped.Where(decision =>
                decision.Function is not null && decision.Rule == GroupingRule.IdMapping))
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.RequesterIdUncovered, $"{decision.Device} ({decision.Function!.Id}) has no IOMMU: {decision.Reason}",
                    "add an entry for it: kernelbuild iommu fix shows which");
            }
        }

        var behindPci = tree.Hosts.Where(host => host.Node.IsReachable)
            .SelectMany(host => (kernel.MapsByTarget ? host.ByTarget : host.FourCells)?.Entries ?? [])
            .Select(entry => tree.Provider(entry.Target))
            .OfType<IommuProvider>()
            .Distinct();
        foreach (var provider in behindPci.Where(provider =>
            provider.IsAvailable && !provider.IsCoherent && kernel.VfioNeedsCoherency
                && provider.Kind is IommuKind.Smmu or IommuKind.SmmuV3))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.IommuNotCoherent,
                $"{provider.Path} has no dma-coherent: groups form, and vfio-pci fails with -22 on Linux {kernel} (VFIO requires "
                + $"IOMMU_CAP_CACHE_COHERENCY)",
                "add dma-coherent to the IOMMU, if its table walks are coherent; on the PCI host bridge it does not help");
        }
    }
}
