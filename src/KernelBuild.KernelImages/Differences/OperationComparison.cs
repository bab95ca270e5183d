using System.Collections.Immutable;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Differences;

/// <summary>Which functions the operation tables around IOMMU, DMA, PCI and VFIO have, in two kernels.</summary>
internal static class OperationComparison
{
    private static readonly string[] _parts = ["iommu", "vfio", "smmu", "dma_map", "pci_ops", "pci_ecam", "msi_domain", "iopf"];

    /// <summary>By types where both kernels have them, else by the names of tables where both have those.</summary>
    public static (ImmutableArray<OperationDifference> Differences, string Source) Of(KernelImage from, KernelImage to)
    {
        if (OperationTables.ByTypes(from, IsWanted) is { } one && OperationTables.ByTypes(to, IsWanted) is { } other)
        {
            return (Compare(one.Select(Plain).ToHashSet(), other.Select(Plain).ToHashSet()), "types");
        }

        var (named, otherNamed) = (OperationTables.BySymbols(from, IsWanted), OperationTables.BySymbols(to, IsWanted));
        return named.Count > 0 && otherNamed.Count > 0
            ? (Compare(named.Select(Plain).ToHashSet(), otherNamed.Select(Plain).ToHashSet()), "symbols")
            : ([], "unknown");
    }

    private static bool IsWanted(string name) => Array.Exists(_parts, part => name.Contains(part, StringComparison.Ordinal));

    private static (string Member, string Function, string Table) Plain(Operation operation) =>
        (operation.Member, SourceName.Of(operation.Function), SourceName.Of(operation.Table));

    private static ImmutableArray<OperationDifference> Compare(
        HashSet<(string Member, string Function, string Table)> from, HashSet<(string Member, string Function, string Table)> to) =>
        [.. KernelComparison.Compare(from, to).Select(pair => new OperationDifference(pair.Item.Member, pair.Item.Function, pair.Item.Table, pair.IsAdded))];
}
