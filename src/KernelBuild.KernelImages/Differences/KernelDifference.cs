using System.Collections.Immutable;
using KernelBuild.KernelImages.Inspection;

namespace KernelBuild.KernelImages.Differences;

/// <summary>What one kernel has and another lacks, a vendor's and mainline's of the same version say.</summary>
/// <param name="From">The first kernel.</param>
/// <param name="To">The second.</param>
/// <param name="ConfigurationSource">"embedded" in both, or "inferred" for both: then only what their symbols prove is compared.</param>
/// <param name="Options">Options of the configuration whose values differ.</param>
/// <param name="Functions">Functions, by the name that they have in the source.</param>
/// <param name="Properties">Device-tree properties that functions read.</param>
/// <param name="TableEntries">Entries of the quirk tables, and compatibles of the drivers of IOMMUs.</param>
/// <param name="Operations">Functions in the operation tables around IOMMU, DMA, PCI and VFIO.</param>
/// <param name="OperationSource">Where the last come from: "types" (BTF in both), "symbols" (names of data in both), or "unknown".</param>
/// <param name="Layouts">Structures around the IOMMU that both kernels describe (BTF), with another layout.</param>
/// <param name="LayoutSource">"types" (BTF in both), or "unknown".</param>
public sealed record KernelDifference(
    KernelFacts From, KernelFacts To, string ConfigurationSource, ImmutableArray<OptionDifference> Options, ImmutableArray<NameDifference> Functions,
    ImmutableArray<PropertyDifference> Properties, ImmutableArray<TableDifference> TableEntries, ImmutableArray<OperationDifference> Operations,
    string OperationSource, ImmutableArray<LayoutDifference> Layouts, string LayoutSource)
{
    /// <summary>Whether both are of one upstream version ("4.14.194"): else most of what differs is the version's.</summary>
    public bool IsOneVersion => Upstream(From.Version) == Upstream(To.Version) && Upstream(From.Version).Length > 0;

    private static string Upstream(string version) => string.Concat(version.TakeWhile(letter => char.IsAsciiDigit(letter) || letter == '.')).TrimEnd('.');
}

/// <summary>An option of the configuration.</summary>
/// <param name="Name">With CONFIG_.</param>
/// <param name="From">Its value; null where it is not set.</param>
/// <param name="To">The same in the second kernel.</param>
public sealed record OptionDifference(string Name, string? From, string? To);

/// <summary>A function that only one kernel has.</summary>
/// <param name="IsAdded">Whether it is the second.</param>
public sealed record NameDifference(string Name, bool IsAdded);

/// <summary>A device-tree property that only one kernel reads.</summary>
/// <param name="Functions">Who reads it, by name.</param>
/// <param name="IsAdded">Whether it is the second.</param>
public sealed record PropertyDifference(string Name, ImmutableArray<string> Functions, bool IsAdded);

/// <summary>An entry of a table that only one kernel has.</summary>
/// <param name="Table">"pci_dev_acs_enabled", "pci_dev_enable_acs", "DMA aliases", or the driver of a match table.</param>
/// <param name="Entry">"8086:1234 pci_quirk_…", or a compatible.</param>
/// <param name="IsAdded">Whether it is the second.</param>
public sealed record TableDifference(string Table, string Entry, bool IsAdded);

/// <summary>A function that a table of operations has in one kernel only.</summary>
/// <param name="Member">"iommu_ops.device_group", or "arm_smmu_ops+0x48" where only names of data are known.</param>
/// <param name="Function">The function.</param>
/// <param name="Table">The table's name; empty where data has no names.</param>
/// <param name="IsAdded">Whether it is the second.</param>
public sealed record OperationDifference(string Member, string Function, string Table, bool IsAdded);

/// <summary>A structure of another layout.</summary>
/// <param name="Name">"struct dev_iommu".</param>
/// <param name="From">Bytes.</param>
/// <param name="To">Bytes in the second kernel.</param>
/// <param name="Added">Members that only the second has.</param>
/// <param name="Removed">Members that only the first has.</param>
public sealed record LayoutDifference(string Name, long From, long To, ImmutableArray<string> Added, ImmutableArray<string> Removed);
