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
            // a kernel that names functions only has nothing but marks of the linker around its tables
            var areNamed = HasNames(one) && HasNames(other);
            return (Compare(one.Select(operation => Plain(operation, areNamed)).ToHashSet(), other.Select(operation => Plain(operation, areNamed)).ToHashSet()), "types");
        }

        var (named, otherNamed) = (OperationTables.BySymbols(from, IsWanted), OperationTables.BySymbols(to, IsWanted));
        return named.Count > 0 && otherNamed.Count > 0
            ? (Compare(named.Select(operation => Plain(operation, true)).ToHashSet(), otherNamed.Select(operation => Plain(operation, true)).ToHashSet()), "symbols")
            : ([], "unknown");
    }

    private static bool IsWanted(string name) => Array.Exists(_parts, part => name.Contains(part, StringComparison.Ordinal));

    private static bool HasNames(IReadOnlyList<Operation> operations) =>
        operations.Any(operation => operation.Table.EndsWith("ops", StringComparison.Ordinal));

    private static (string Member, string Function, string Table) Plain(Operation operation, bool isNamed) =>
        (operation.Member, SourceName.Of(operation.Function), isNamed ? SourceName.Of(operation.Table) : "");

    private static ImmutableArray<OperationDifference> Compare(
        HashSet<(string Member, string Function, string Table)> from, HashSet<(string Member, string Function, string Table)> to) =>
        [.. KernelComparison.Compare(from, to).Select(pair => new OperationDifference(pair.Item.Member, pair.Item.Function, pair.Item.Table, pair.IsAdded))];
}
