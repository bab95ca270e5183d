using System.Buffers.Binary;
using KernelBuild.BootImages.Layout;
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
            Error(DiagnosticCodes.BootImageMagicMissing, 0, $"no boot image: it starts with {FileKind.Describe(bytes.Span)}, not with ANDROID!", "give a boot.img, init_boot.img or recovery.img");
            return null;
        }

        if (bytes.Length < BootImageFields.HeaderVersion + sizeof(uint))
        {
            Truncated("header", 0, BootImageFields.V0HeaderLength);
            return null;
        }

        if (PxaReader.TryRead(bytes, out var pxa))
        {
            BootImageConsistency.Check(pxa, _diagnostics);
            return pxa;
        }

        var version = U32(BootImageFields.HeaderVersion);
        var hasTable = version > BootImageFields.HighestVersion && DeviceTreeTable.IsIn(bytes.Span);
        if (hasTable)
        {
            version = 0;
        }

        if (version > BootImageFields.HighestVersion)
        {
            Error(DiagnosticCodes.BootImageHeaderInvalid, BootImageFields.HeaderVersion, $"header version {version} is not one of 0 to {BootImageFields.HighestVersion}; in images for old bootloaders this field is the size of a device-tree table, and none stands behind the sections", "take a fresh copy");
            return null;
        }

        var headerLength = BootImageFields.HeaderLength(version);
        if (bytes.Length < headerLength)
        {
            Truncated("header", 0, headerLength);
            return null;
        }

        var pageSize = version >= 3 ? BootImageFields.V3PageSize : U32(BootImageFields.PageSize);
        if (pageSize is < BootImageFields.SmallestPageSize or > BootImageFields.LargestPageSizeInTheWild || !uint.IsPow2(pageSize))
        {
            Error(DiagnosticCodes.BootImageHeaderInvalid, BootImageFields.PageSize, $"page size {pageSize} is no power of two from {BootImageFields.SmallestPageSize} to {BootImageFields.LargestPageSizeInTheWild}", "the header is damaged, or the image is a vendor's own format: take a fresh copy");
            return null;
        }

        if (bytes.Length < pageSize)
        {
            Truncated("header page", 0, pageSize);
            return null;
        }

        var sections = ReadSections(version, pageSize, hasTable ? DeviceTreeTable.Kinds : BootImageSection.KindsOf(version), out var end);
        if (sections is null)
        {
            return null;
        }

        var image = ReadFields(version, pageSize) with
        {
            HeaderPadding = bytes[headerLength..(int)pageSize],
            Sections = [.. sections],
            Tail = bytes[(int)end..],
        };
        BootImageConsistency.Check(image, _diagnostics);
        return image;
    }

    private List<BootImageSection>? ReadSections(uint version, uint pageSize, ReadOnlySpan<BootImageSectionKind> kinds, out long end)
    {
        var sections = new List<BootImageSection>();
        end = pageSize;
        foreach (var kind in kinds)
        {
            long size = U32(SizeField(version, kind));
            if (size > bytes.Length - end)
            {
                Truncated(BootImageSection.NameOf(kind), end, size);
                return null;
            }

            // A file may end without the padding of its last section.
            var padded = Math.Min(bytes.Length, end + RoundUp(size, pageSize));
            sections.Add(new BootImageSection(kind, end, bytes.Slice((int)end, (int)size), bytes[(int)(end + size)..(int)padded]));
            end = padded;
        }

        return sections;
    }

    private BootImage ReadFields(uint version, uint pageSize) => version >= 3
        ? new BootImage
        {
            HeaderVersion = version,
            PageSize = pageSize,
            HeaderSize = U32(BootImageFields.V3HeaderSize),
            OsVersion = new OsVersion(U32(BootImageFields.V3OsVersion)),
            Reserved = bytes.Slice(BootImageFields.V3Reserved, BootImageFields.V3ReservedLength),
            CommandLineField = bytes.Slice(BootImageFields.V3CommandLine, BootImageFields.V3CommandLineLength),
            Sections = [],
        }
        : new BootImage
        {
            HeaderVersion = version,
            PageSize = pageSize,
            HeaderSize = version >= 1 ? U32(BootImageFields.HeaderSize) : 0,
            OsVersion = new OsVersion(U32(BootImageFields.OsVersion)),
            Addresses = new BootAddresses(
                U32(BootImageFields.KernelAddress), U32(BootImageFields.RamdiskAddress), U32(BootImageFields.SecondAddress), U32(BootImageFields.TagsAddress),
                version >= 2 ? U64(BootImageFields.DtbAddress) : 0),
            RecoveryDtboOffset = version >= 1 ? U64(BootImageFields.RecoveryDtboOffset) : 0,
            NameField = bytes.Slice(BootImageFields.Name, BootImageFields.NameLength),
            CommandLineField = bytes.Slice(BootImageFields.CommandLine, BootImageFields.CommandLineLength),
            ExtraCommandLineField = bytes.Slice(BootImageFields.ExtraCommandLine, BootImageFields.ExtraCommandLineLength),
            Id = bytes.Slice(BootImageFields.Id, BootImageFields.IdLength),
            Sections = [],
        };

    internal static int SizeField(uint version, BootImageSectionKind kind) => kind switch
    {
        BootImageSectionKind.Kernel => version >= 3 ? BootImageFields.V3KernelSize : BootImageFields.KernelSize,
        BootImageSectionKind.Ramdisk => version >= 3 ? BootImageFields.V3RamdiskSize : BootImageFields.RamdiskSize,
        BootImageSectionKind.Second => BootImageFields.SecondSize,
        BootImageSectionKind.RecoveryDtbo => BootImageFields.RecoveryDtboSize,
        BootImageSectionKind.Dtb => BootImageFields.DtbSize,
        BootImageSectionKind.DeviceTreeTable => BootImageFields.DeviceTreeTableSize,
        _ => BootImageFields.V4SignatureSize,
    };

    internal static long RoundUp(long size, uint pageSize) => (size + pageSize - 1) / pageSize * pageSize;

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[offset..]);

    private ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span[offset..]);

    private void Truncated(string section, long offset, long size) => Error(
        DiagnosticCodes.BootImageTruncated,
        offset,
        $"truncated: the {section} needs {size} bytes from offset {offset} on, and the file has {bytes.Length - offset} there",
        "copy or download the image again, and compare its size with the original");

    private void Error(string code, long offset, string message, string fix) =>
        _diagnostics.Add(Diagnostic.Error(code, message, fix) with { Offset = offset });
}
