using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
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
            return Error(
                DiagnosticCodes.BootImageMagicMissing, 0,
                $"not a vendor_boot image: it starts with {FileKind.Describe(bytes.Span)}, not with VNDRBOOT",
                "give a vendor_boot.img or vendor_kernel_boot.img");
        }

        if (bytes.Length < VendorBootFields.V3HeaderLength)
        {
            return Truncated("header", 0, VendorBootFields.V3HeaderLength);
        }

        var version = LittleEndian.U32(bytes.Span, VendorBootFields.HeaderVersion);
        if (version is < 3 or > 4)
        {
            return Error(
                DiagnosticCodes.BootImageHeaderInvalid, VendorBootFields.HeaderVersion,
                $"header version {version} of a vendor_boot image is not 3 or 4", "take a fresh copy");
        }

        var pageSize = LittleEndian.U32(bytes.Span, VendorBootFields.PageSize);
        if (!PageSizes.IsReadable(pageSize))
        {
            return Error(
                DiagnosticCodes.BootImageHeaderInvalid, VendorBootFields.PageSize,
                $"page size {pageSize} is not a power of two from {PageSizes.Smallest} to {PageSizes.LargestInTheWild}",
                "take a fresh copy");
        }

        var headerPages = Align.Up(VendorBootFields.HeaderLength(version), pageSize);
        if (bytes.Length < headerPages)
        {
            return Truncated("header", 0, headerPages);
        }

        return ReadSections(VendorBootHeader.Read(bytes), headerPages);
    }

    private VendorBootImage? ReadSections(VendorBootHeader header, long headerPages)
    {
        var sections = ImmutableArray.CreateBuilder<VendorBootSection>();
        var reader = new SectionReader(bytes, header.PageSize, headerPages);
        foreach (var kind in VendorBootSection.KindsOf(header.Version))
        {
            var offset = reader.Position;
            if (!reader.TryTake(header.SizeOf(kind), out var content, out var padding))
            {
                return Truncated(VendorBootSection.NameOf(kind), offset, header.SizeOf(kind));
            }

            sections.Add(new VendorBootSection(kind, offset, content, padding));
        }

        var image = new VendorBootImage
        {
            Header = header,
            HeaderPadding = bytes[header.Length..(int)headerPages],
            Sections = sections.ToImmutable(),
            Tail = reader.Tail,
        };
        if (header.Version == 4)
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
        long count = image.Header.TableEntryCount;
        long entrySize = image.Header.TableEntrySize;
        if ((count > 0 && entrySize < VendorBootFields.EntryLength) || count * entrySize > section.Content.Length)
        {
            Error(
                DiagnosticCodes.VendorRamdiskTableInvalid, VendorBootFields.TableEntryCount,
                $"the ramdisk table of {section.Content.Length} bytes cannot hold {count} entries of {entrySize} bytes, at least "
                + $"{VendorBootFields.EntryLength} each",
                "take a fresh copy");
            return null;
        }

        var ramdisks = ImmutableArray.CreateBuilder<VendorRamdisk>((int)count);
        for (var i = 0; i < count; i++)
        {
            var entry = VendorRamdiskEntry.Read(section.Content.Slice((int)(i * entrySize), (int)entrySize));
            var fits = (long)entry.Offset + entry.Size <= image.Ramdisk.Length;
            ramdisks.Add(new VendorRamdisk(entry, fits ? image.Ramdisk.Slice((int)entry.Offset, (int)entry.Size) : default));
        }

        return ramdisks.MoveToImmutable();
    }

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
