using System.Collections.Immutable;
using KernelBuild.BootImages.VendorBoot;

namespace KernelBuild.BootImages.Editing;

/// <summary>A ramdisk fragment that a version 4 vendor_boot image is to have.</summary>
/// <param name="From">The number of the fragment whose content it has; null for a new one.</param>
/// <param name="Name">At most 31 bytes, and not "default", the name that Android has for all of them together.</param>
/// <param name="Type">0 none, 1 platform, 2 recovery, 3 dlkm.</param>
public sealed record FragmentEdit(int? From, string Name, uint Type)
{
    /// <summary>16 words; all zero for every board.</summary>
    public ImmutableArray<uint> BoardId { get; init; } = [.. new uint[VendorBootFields.EntryBoardIdWords]];

    /// <summary>Of a new one: a ramdisk, which is compressed as the first fragment is unless it comes compressed.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>A fragment as it is.</summary>
    public static FragmentEdit Of(VendorBootImage image, int number) =>
        new(number, image.Ramdisks[number].Name, image.Ramdisks[number].Type) { BoardId = image.Ramdisks[number].BoardId };
}
