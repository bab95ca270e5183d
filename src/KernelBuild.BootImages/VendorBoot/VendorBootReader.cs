using System.Buffers.Binary;
using System.Collections.Immutable;
using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>Reads one image; every size is checked in 64 bits before anything is sliced.</summary>
internal sealed class VendorBootReader(ReadOnlyMemory<byte> bytes)
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public VendorBootImage? Read()
    {
        if (!bytes.Span.StartsWith(VendorBootFields.Magic))
        {
            return Error(DiagnosticCodes.BootImageMagicMissing, 0, $"no vendor_boot image: it starts with {FileKind.Describe(bytes.Span)}, not with VNDRBOOT", "give a vendor_boot.img or vendor_kernel_boot.img");
        }

        if (bytes.Length < VendorBootFields.V3HeaderLength)
        {
            return Truncated("header", 0, VendorBootFields.V3HeaderLength);
        }

        var version = U32(VendorBootFields.HeaderVersion);
        if (version is < 3 or > 4)
        {
            return Error(DiagnosticCodes.BootImageHeaderInvalid, VendorBootFields.HeaderVersion, $"header version {version} of a vendor_boot image is not 3 or 4", "take a fresh copy");
        }

        var headerLength = VendorBootFields.HeaderLength(version);
        var pageSize = U32(VendorBootFields.PageSize);
        if (pageSize is < BootImageFields.SmallestPageSize or > BootImageFields.LargestPageSizeInTheWild || !uint.IsPow2(pageSize))
        {
            return Error(DiagnosticCodes.BootImageHeaderInvalid, VendorBootFields.PageSize, $"page size {pageSize} is no power of two from {BootImageFields.SmallestPageSize} to {BootImageFields.LargestPageSizeInTheWild}", "take a fresh copy");
        }

        var headerPages = BootImageReader.RoundUp(headerLength, pageSize);
        if (bytes.Length < headerPages)
        {
            return Truncated("header", 0, headerPages);
        }

        var sections = ImmutableArray.CreateBuilder<VendorBootSection>();
        var end = headerPages;
        foreach (var kind in VendorBootSection.KindsOf(version))
        {
            long size = U32(SizeField(kind));
            if (size > bytes.Length - end)
            {
                return Truncated(VendorBootSection.NameOf(kind), end, size);
            }

            var padded = Math.Min(bytes.Length, end + BootImageReader.RoundUp(size, pageSize));
            sections.Add(new VendorBootSection(kind, end, bytes.Slice((int)end, (int)size), bytes[(int)(end + size)..(int)padded]));
            end = padded;
        }

        var image = new VendorBootImage
        {
            Header = bytes[..headerLength],
            HeaderPadding = bytes[headerLength..(int)headerPages],
            Sections = sections.ToImmutable(),
            Tail = bytes[(int)end..],
        };
        if (version == 4)
        {
            if (ReadTable(image) is not { } ramdisks)
            {
                return null;
            }

            image = image with { Ramdisks = ramdisks };
        }

        VendorBootConsistency.Check(image, _diagnostics);
        return image;
    }

    private ImmutableArray<VendorRamdisk>? ReadTable(VendorBootImage image)
    {
        var section = image.Sections.First(s => s.Kind == VendorBootSectionKind.RamdiskTable);
        long count = U32(VendorBootFields.TableEntryCount);
        long entrySize = U32(VendorBootFields.TableEntrySize);
        if ((count > 0 && entrySize < VendorBootFields.EntryLength) || count * entrySize > section.Content.Length)
        {
            Error(DiagnosticCodes.VendorRamdiskTableInvalid, VendorBootFields.TableEntryCount, $"the ramdisk table of {section.Content.Length} bytes cannot hold {count} entries of {entrySize} bytes, at least {VendorBootFields.EntryLength} each", "take a fresh copy");
            return null;
        }

        var ramdisks = ImmutableArray.CreateBuilder<VendorRamdisk>((int)count);
        for (var i = 0; i < count; i++)
        {
            var entry = new VendorRamdisk(section.Content.Slice((int)(i * entrySize), (int)entrySize), default);
            var fits = (long)entry.Offset + entry.Size <= image.Ramdisk.Length;
            ramdisks.Add(fits ? entry with { Content = image.Ramdisk.Slice((int)entry.Offset, (int)entry.Size) } : entry);
        }

        return ramdisks.MoveToImmutable();
    }

    internal static int SizeField(VendorBootSectionKind kind) => kind switch
    {
        VendorBootSectionKind.Ramdisk => VendorBootFields.RamdiskSize,
        VendorBootSectionKind.Dtb => VendorBootFields.DtbSize,
        VendorBootSectionKind.RamdiskTable => VendorBootFields.TableSize,
        _ => VendorBootFields.BootConfigSize,
    };

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[offset..]);

    private VendorBootImage? Truncated(string section, long offset, long size) => Error(
        DiagnosticCodes.BootImageTruncated,
        offset,
        $"truncated: the {section} needs {size} bytes from offset {offset} on, and the file has {bytes.Length - offset} there",
        "copy or download the image again, and compare its size with the original");

    private VendorBootImage? Error(string code, long offset, string message, string fix)
    {
        _diagnostics.Add(Diagnostic.Error(code, message, fix) with { Offset = offset });
        return null;
    }
}
