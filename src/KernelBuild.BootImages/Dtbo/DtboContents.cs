using System.Collections.Immutable;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>What a new dtbo image is to hold; the defaults are mkdtboimg's.</summary>
public sealed record DtboContents
{
    /// <summary>0 or 1.</summary>
    public uint Version { get; init; }

    /// <summary>Informative.</summary>
    public uint PageSize { get; init; } = DtboFields.DefaultPageSize;

    /// <summary>In their order.</summary>
    public ImmutableArray<DtboEntryContents> Entries { get; init; } = [];

    /// <summary>A table of ACPI overlays.</summary>
    public bool IsAcpi { get; init; }
}
