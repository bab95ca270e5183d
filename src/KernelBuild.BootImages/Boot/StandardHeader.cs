using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Boot;

/// <summary>AOSP's headers, versions 0 to 4, as bytes.</summary>
internal static class StandardHeader
{
    /// <summary>Reads the fields of a version, magic and version not looked at.</summary>
    /// <param name="bytes">At least as many as the version's header has.</param>
    /// <param name="version">0 to 4.</param>
    /// <param name="kinds">The sections that the image has.</param>
    public static BootImageHeader Read(ReadOnlyMemory<byte> bytes, uint version, ReadOnlySpan<BootImageSectionKind> kinds)
    {
        var span = bytes.Span;
        var sizes = ImmutableArray.CreateBuilder<uint>(kinds.Length);
        foreach (var kind in kinds)
        {
            sizes.Add(LittleEndian.U32(span, SizeField(version, kind)));
        }

        return version >= 3
            ? new BootImageHeader
            {
                Version = version,
                Kinds = [.. kinds],
                Sizes = sizes.MoveToImmutable(),
                PageSize = BootImageFields.V3PageSize,
                HeaderSize = LittleEndian.U32(span, BootImageFields.V3HeaderSize),
                OsVersion = LittleEndian.U32(span, BootImageFields.V3OsVersion),
                Reserved = bytes.Slice(BootImageFields.V3Reserved, BootImageFields.V3ReservedLength),
                CommandLine = bytes.Slice(BootImageFields.V3CommandLine, BootImageFields.V3CommandLineLength),
            }
            : new BootImageHeader
            {
                Version = version,
                Kinds = [.. kinds],
                Sizes = sizes.MoveToImmutable(),
                PageSize = LittleEndian.U32(span, BootImageFields.PageSize),
                HeaderSize = version >= 1 ? LittleEndian.U32(span, BootImageFields.HeaderSize) : 0,
                OsVersion = LittleEndian.U32(span, BootImageFields.OsVersion),
                Addresses = new BootAddresses(
                    LittleEndian.U32(span, BootImageFields.KernelAddress),
                    LittleEndian.U32(span, BootImageFields.RamdiskAddress),
                    LittleEndian.U32(span, BootImageFields.SecondAddress),
                    LittleEndian.U32(span, BootImageFields.TagsAddress),
                    version >= 2 ? LittleEndian.U64(span, BootImageFields.DtbAddress) : 0),
                RecoveryDtboOffset = version >= 1 ? LittleEndian.U64(span, BootImageFields.RecoveryDtboOffset) : 0,
                Name = bytes.Slice(BootImageFields.Name, BootImageFields.NameLength),
                CommandLine = bytes.Slice(BootImageFields.CommandLine, BootImageFields.CommandLineLength),
                ExtraCommandLine = bytes.Slice(BootImageFields.ExtraCommandLine, BootImageFields.ExtraCommandLineLength),
                Id = bytes.Slice(BootImageFields.Id, BootImageFields.IdLength),
            };
    }

    public static byte[] Write(BootImageHeader header)
    {
        var bytes = new byte[header.Length];
        BootImageFields.Magic.CopyTo(bytes);
        LittleEndian.PutU32(bytes, BootImageFields.HeaderVersion, header.Version);

        // Of an image with a device-tree table, the table's size goes into the field of the version.
        foreach (var (kind, size) in header.Kinds.Zip(header.Sizes))
        {
            LittleEndian.PutU32(bytes, SizeField(header.Version, kind), size);
        }

        if (header.Version >= 3)
        {
            LittleEndian.PutU32(bytes, BootImageFields.V3OsVersion, header.OsVersion);
            LittleEndian.PutU32(bytes, BootImageFields.V3HeaderSize, header.HeaderSize);
            header.Reserved.Span.CopyTo(bytes.AsSpan(BootImageFields.V3Reserved));
            header.CommandLine.Span.CopyTo(bytes.AsSpan(BootImageFields.V3CommandLine));
            return bytes;
        }

        LittleEndian.PutU32(bytes, BootImageFields.KernelAddress, header.Addresses.Kernel);
        LittleEndian.PutU32(bytes, BootImageFields.RamdiskAddress, header.Addresses.Ramdisk);
        LittleEndian.PutU32(bytes, BootImageFields.SecondAddress, header.Addresses.Second);
        LittleEndian.PutU32(bytes, BootImageFields.TagsAddress, header.Addresses.Tags);
        LittleEndian.PutU32(bytes, BootImageFields.PageSize, header.PageSize);
        LittleEndian.PutU32(bytes, BootImageFields.OsVersion, header.OsVersion);
        header.Name.Span.CopyTo(bytes.AsSpan(BootImageFields.Name));
        header.CommandLine.Span.CopyTo(bytes.AsSpan(BootImageFields.CommandLine));
        header.Id.Span.CopyTo(bytes.AsSpan(BootImageFields.Id));
        header.ExtraCommandLine.Span.CopyTo(bytes.AsSpan(BootImageFields.ExtraCommandLine));
        if (header.Version >= 1)
        {
            LittleEndian.PutU64(bytes, BootImageFields.RecoveryDtboOffset, header.RecoveryDtboOffset);
            LittleEndian.PutU32(bytes, BootImageFields.HeaderSize, header.HeaderSize);
        }

        if (header.Version >= 2)
        {
            LittleEndian.PutU64(bytes, BootImageFields.DtbAddress, header.Addresses.Dtb);
        }

        return bytes;
    }

    private static int SizeField(uint version, BootImageSectionKind kind) => kind switch
    {
        BootImageSectionKind.Kernel => version >= 3 ? BootImageFields.V3KernelSize : BootImageFields.KernelSize,
        BootImageSectionKind.Ramdisk => version >= 3 ? BootImageFields.V3RamdiskSize : BootImageFields.RamdiskSize,
        BootImageSectionKind.Second => BootImageFields.SecondSize,
        BootImageSectionKind.RecoveryDtbo => BootImageFields.RecoveryDtboSize,
        BootImageSectionKind.Dtb => BootImageFields.DtbSize,
        BootImageSectionKind.DeviceTreeTable => BootImageFields.DeviceTreeTableSize,
        _ => BootImageFields.V4SignatureSize,
    };
}
