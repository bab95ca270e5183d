using System.Collections.Immutable;

namespace KernelBuild.Iommu.Acpi;

/// <summary>A node of IORT.</summary>
/// <param name="Offset">From the begin of the table: what mappings refer to.</param>
/// <param name="Mappings">In the order of the table, which decides between those that overlap.</param>
public sealed record IortNode(uint Offset, IortNodeType Type, byte Revision, ImmutableArray<IortMapping> Mappings)
{
    /// <summary>Of an SMMU: its registers, as a physical address.</summary>
    public ulong BaseAddress { get; init; }

    /// <summary>Of an SMMU: the variant, by the numbers of its type.</summary>
    public uint Model { get; init; }

    /// <summary>Of an SMMU: whether the firmware says that its table walks are coherent (COHACC override, coherent walk).</summary>
    public bool IsCoherent { get; init; }

    /// <summary>Of a root complex: the PCI segment, which Linux calls domain.</summary>
    public uint Segment { get; init; }

    /// <summary>Of a named component: its path in ACPI's namespace, "\_SB_.COM0"; one character per byte.</summary>
    public string Name { get; init; } = "";
}
