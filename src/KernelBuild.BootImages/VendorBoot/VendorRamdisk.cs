using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>A ramdisk fragment of a version 4 image.</summary>
/// <param name="Entry">What the ramdisk table says of it.</param>
/// <param name="Content">The fragment; empty when the entry points beyond its section, which a finding says.</param>
public sealed record VendorRamdisk(VendorRamdiskEntry Entry, ReadOnlyMemory<byte> Content)
{
    public uint Size => Entry.Size;

    /// <summary>Bytes from the start of the ramdisk section.</summary>
    public uint Offset => Entry.Offset;

    /// <summary>0 none, 1 platform, 2 recovery, 3 dlkm.</summary>
    public uint Type => Entry.Type;

    /// <summary>Up to 32 bytes; nothing is known about them.</summary>
    public string Name => Entry.Name;

    /// <summary>Which boards the fragment is for; all zero for all.</summary>
    public ImmutableArray<uint> BoardId => Entry.BoardId;

    /// <summary>none, platform, recovery, dlkm, or the number.</summary>
    public string TypeName => Type switch
    {
        0 => "none",
        1 => "platform",
        2 => "recovery",
        3 => "dlkm",
        _ => Type.ToString(CultureInfo.InvariantCulture),
    };
}
