using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Reads one image; every size is checked in 64 bits before anything is sliced.</summary>
internal sealed class BootImageReader(ReadOnlyMemory<byte> bytes)
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public BootImage? Read()
    {
        if (!bytes.Span.StartsWith(BootImageFields.Magic))
        {
            Error(
                DiagnosticCodes.BootImageMagicMissing, 0,
                $"not a boot image: it starts with {FileKind.Describe(bytes.Span)}, not with ANDROID!",
                FileKind.FixOf(bytes.Span) ?? "give a boot.img, init_boot.img or recovery.img");
            return null;
        }

        if (bytes.Length < BootImageFields.HeaderVersion + sizeof(uint))
        {
            Truncated("header", 0, BootImageFields.V0HeaderLength);
            return null;
        }

        // Samsung's header has no mark of its own: what does not add up is left to the standard ones and their findings.
        if (PxaHeader.TryRead(bytes, out var pxa) && ReadSections(pxa, out _, out _) is { } found)
        {
            return found;
        }

        if (ReadHeader() is not { } header)
        {
            return null;
        }

        var image = ReadSections(header, out var cut, out var offset);
        if (image is null)
        {
            Truncated(BootImageSection.NameOf(header.Kinds[cut]), offset, header.Sizes[cut]);
        }

        return image;
    }

    private BootImageHeader? ReadHeader()
    {
        var version = LittleEndian.U32(bytes.Span, BootImageFields.HeaderVersion);
        var table = version > BootImageFields.HighestVersion ? DeviceTreeTable.Find(bytes) : DeviceTreeTableForm.None;
        if (table != DeviceTreeTableForm.None)
        {
            if (table == DeviceTreeTableForm.Unknown)
            {
                _diagnostics.Add(Diagnostic.Warning(
                    DiagnosticCodes.BootImageHeaderInvalid,
                    $"the field that is the version in other headers is {version}, and so many bytes of an unknown form follow the sections: "
                    + "they are taken for the device-tree section of an image for an old bootloader, and carried along") with
                { Offset = BootImageFields.HeaderVersion });
            }

            version = 0;
        }

        if (version > BootImageFields.HighestVersion)
        {
            Error(
                DiagnosticCodes.BootImageHeaderInvalid, BootImageFields.HeaderVersion,
                $"header version {version} is not one of 0 to {BootImageFields.HighestVersion}; in images for old bootloaders this field "
                + $"is the size of a device-tree section, and none follows the sections",
                "take a fresh copy");
            return null;
        }

        var headerLength = BootImageFields.HeaderLength(version);
        if (bytes.Length < headerLength)
        {
            Truncated("header", 0, headerLength);
            return null;
        }

        var header = StandardHeader.Read(
            bytes, version, table == DeviceTreeTableForm.None ? BootImageSection.KindsOf(version) : DeviceTreeTable.Kinds);
        if (!PageSizes.IsReadable(header.PageSize))
        {
            Error(
                DiagnosticCodes.BootImageHeaderInvalid, BootImageFields.PageSize,
                $"page size {header.PageSize} is not a power of two from {PageSizes.Smallest} to {PageSizes.LargestInTheWild}",
                "the header is damaged, or the image is a vendor's own format: take a fresh copy");
            return null;
        }

        if (bytes.Length < header.PageSize)
        {
            Truncated("header page", 0, header.PageSize);
            return null;
        }

        return header;
    }

    /// <summary>The image with its sections; null when the file ends before one does.</summary>
    /// <param name="header">Its page is in the file.</param>
    /// <param name="cut">Which section is cut.</param>
    /// <param name="offset">Where that section starts.</param>
    private BootImage? ReadSections(BootImageHeader header, out int cut, out long offset)
    {
        var sections = ImmutableArray.CreateBuilder<BootImageSection>(header.Kinds.Length);
        var reader = new SectionReader(bytes, header.PageSize, header.PageSize);
        for (cut = 0; cut < header.Kinds.Length; cut++)
        {
            offset = reader.Position;
            if (!reader.TryTake(header.Sizes[cut], out var content, out var padding))
            {
                return null;
            }

            sections.Add(new BootImageSection(header.Kinds[cut], offset, content, padding));
        }

        offset = reader.Position;
        var image = header.ToImage(bytes, sections.MoveToImmutable(), reader.Tail);
        BootImageConsistency.Check(image, _diagnostics);
        return image;
    }

    private void Truncated(string section, long offset, long size) => Error(
        DiagnosticCodes.BootImageTruncated,
        offset,
        $"truncated: the {section} needs {size} bytes from offset {offset} on, and the file has {bytes.Length - offset} there",
        "copy or download the image again, and compare its size with the original");

    private void Error(string code, long offset, string message, string fix) =>
        _diagnostics.Add(Diagnostic.Error(code, message, fix) with { Offset = offset });
}
