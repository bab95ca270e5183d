using System.Collections.Immutable;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>A fragment of a new vendor_boot image.</summary>
/// <param name="Content">As it is to be stored.</param>
/// <param name="Type">0 none, 1 platform, 2 recovery, 3 dlkm; version 4.</param>
/// <param name="Name">At most 31 bytes; empty for the only, or the default, fragment; version 4.</param>
public sealed record VendorRamdiskContents(ReadOnlyMemory<byte> Content, uint Type = 1, string Name = "")
{
    /// <summary>16 words; all zero for every board.</summary>
    public ImmutableArray<uint> BoardId { get; init; } = [.. new uint[VendorBootFields.EntryBoardIdWords]];
}
