using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Boot;

/// <summary>Samsung's PXA header as bytes: version 0 with other places.</summary>
internal static class PxaHeader
{
    /// <summary>Reads the fields; false when the places hold nothing that such a header could.</summary>
    /// <param name="bytes">The whole image.</param>
    /// <param name="header">Null when the result is false.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out BootImageHeader? header)
    {
        header = null;
        var span = bytes.Span;
        if (bytes.Length < BootImageFields.PxaHeaderLength
            || LittleEndian.U32(span, BootImageFields.PxaUnknown) < BootImageFields.SmallestPxaUnknown)
        {
            return false;
        }

        var pageSize = LittleEndian.U32(span, BootImageFields.PxaPageSize);
        if (!PageSizes.IsReadable(pageSize) || bytes.Length < pageSize)
        {
            return false;
        }

        // The table is a section only where there is one.
        var kinds = LittleEndian.U32(span, BootImageFields.PxaExtraSize) > 0 ? DeviceTreeTable.Kinds : DeviceTreeTable.Kinds[..^1];
        var sizes = new uint[kinds.Length];
        for (var i = 0; i < kinds.Length; i++)
        {
            sizes[i] = LittleEndian.U32(span, SizeField(kinds[i]));
        }

        header = new BootImageHeader
        {
            Version = 0,
            Form = BootHeaderForm.Pxa,
            Kinds = [.. kinds],
            Sizes = [.. sizes],
            PageSize = pageSize,
            PxaUnknown = LittleEndian.U32(span, BootImageFields.PxaUnknown),
            Addresses = new BootAddresses(
                LittleEndian.U32(span, BootImageFields.KernelAddress),
                LittleEndian.U32(span, BootImageFields.RamdiskAddress),
                LittleEndian.U32(span, BootImageFields.SecondAddress),
                LittleEndian.U32(span, BootImageFields.PxaTagsAddress),
                0),
            Name = bytes.Slice(BootImageFields.PxaName, BootImageFields.PxaNameLength),
            CommandLine = bytes.Slice(BootImageFields.PxaCommandLine, BootImageFields.CommandLineLength),
            Id = bytes.Slice(BootImageFields.PxaId, BootImageFields.IdLength),
            ExtraCommandLine = bytes.Slice(BootImageFields.PxaExtraCommandLine, BootImageFields.ExtraCommandLineLength),
        };
        return true;
    }

    public static byte[] Write(BootImageHeader header)
    {
        var bytes = new byte[header.Length];
        BootImageFields.Magic.CopyTo(bytes);
        foreach (var (kind, size) in header.Kinds.Zip(header.Sizes))
        {
            LittleEndian.PutU32(bytes, SizeField(kind), size);
        }

        LittleEndian.PutU32(bytes, BootImageFields.KernelAddress, header.Addresses.Kernel);
        LittleEndian.PutU32(bytes, BootImageFields.RamdiskAddress, header.Addresses.Ramdisk);
        LittleEndian.PutU32(bytes, BootImageFields.SecondAddress, header.Addresses.Second);
        LittleEndian.PutU32(bytes, BootImageFields.PxaUnknown, header.PxaUnknown);
        LittleEndian.PutU32(bytes, BootImageFields.PxaTagsAddress, header.Addresses.Tags);
        LittleEndian.PutU32(bytes, BootImageFields.PxaPageSize, header.PageSize);
        header.Name.Span.CopyTo(bytes.AsSpan(BootImageFields.PxaName));
        header.CommandLine.Span.CopyTo(bytes.AsSpan(BootImageFields.PxaCommandLine));
        header.Id.Span.CopyTo(bytes.AsSpan(BootImageFields.PxaId));
        header.ExtraCommandLine.Span.CopyTo(bytes.AsSpan(BootImageFields.PxaExtraCommandLine));
        return bytes;
    }

    private static int SizeField(BootImageSectionKind kind) => kind switch
    {
        BootImageSectionKind.Kernel => BootImageFields.KernelSize,
        BootImageSectionKind.Ramdisk => BootImageFields.RamdiskSize,
        BootImageSectionKind.Second => BootImageFields.SecondSize,
        _ => BootImageFields.PxaExtraSize,
    };
}
