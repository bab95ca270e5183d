using System.Buffers.Binary;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages;

/// <summary>Turns an image into bytes: fields into a header, then everything else as it is.</summary>
internal static class BootImageWriter
{
    public static void Write(BootImage image, Stream stream)
    {
        stream.Write(Header(image));
        stream.Write(image.HeaderPadding.Span);
        foreach (var section in image.Sections)
        {
            stream.Write(section.Content.Span);
            stream.Write(section.Padding.Span);
        }

        stream.Write(image.Tail.Span);
    }

    /// <summary>The image, and zeros behind it up to a capacity: what comes behind an image can then be put there without copying it.</summary>
    public static byte[] ToArray(BootImage image, long capacity = 0)
    {
        if (image.Length > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.BootImageHeaderInvalid, $"the image would have {image.Length} bytes, more than 2 GiB", "use a smaller kernel or ramdisk"));
        }

        var bytes = new byte[Math.Max(image.Length, capacity)];
        using var stream = new MemoryStream(bytes);
        Write(image, stream);
        return bytes;
    }

    private static byte[] Header(BootImage image)
    {
        var version = image.HeaderVersion;
        var header = new byte[image.HeaderLength];
        BootImageFields.Magic.CopyTo(header);
        if (image.Form == BootHeaderForm.Pxa)
        {
            WritePxa(image, header);
            return header;
        }

        U32(BootImageFields.HeaderVersion, version);
        foreach (var section in image.Sections)
        {
            U32(BootImageReader.SizeField(version, section.Kind), (uint)section.Content.Length);
        }

        if (version >= 3)
        {
            U32(BootImageFields.V3OsVersion, image.OsVersion.Raw);
            U32(BootImageFields.V3HeaderSize, image.HeaderSize);
            Copy(image.Reserved, BootImageFields.V3Reserved);
            Copy(image.CommandLineField, BootImageFields.V3CommandLine);
            return header;
        }

        U32(BootImageFields.KernelAddress, image.Addresses.Kernel);
        U32(BootImageFields.RamdiskAddress, image.Addresses.Ramdisk);
        U32(BootImageFields.SecondAddress, image.Addresses.Second);
        U32(BootImageFields.TagsAddress, image.Addresses.Tags);
        U32(BootImageFields.PageSize, image.PageSize);
        U32(BootImageFields.OsVersion, image.OsVersion.Raw);
        Copy(image.NameField, BootImageFields.Name);
        Copy(image.CommandLineField, BootImageFields.CommandLine);
        Copy(image.Id, BootImageFields.Id);
        Copy(image.ExtraCommandLineField, BootImageFields.ExtraCommandLine);
        if (version >= 1)
        {
            U64(BootImageFields.RecoveryDtboOffset, image.RecoveryDtboOffset);
            U32(BootImageFields.HeaderSize, image.HeaderSize);
        }

        if (version >= 2)
        {
            U64(BootImageFields.DtbAddress, image.Addresses.Dtb);
        }

        return header;

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(offset), value);
        void U64(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(offset), value);
        void Copy(ReadOnlyMemory<byte> field, int offset) => field.Span.CopyTo(header.AsSpan(offset));
    }

    private static void WritePxa(BootImage image, byte[] header)
    {
        foreach (var section in image.Sections)
        {
            U32(PxaReader.SizeField(section.Kind), (uint)section.Content.Length);
        }

        U32(BootImageFields.KernelAddress, image.Addresses.Kernel);
        U32(BootImageFields.RamdiskAddress, image.Addresses.Ramdisk);
        U32(BootImageFields.SecondAddress, image.Addresses.Second);
        U32(BootImageFields.PxaUnknown, image.PxaUnknown);
        U32(BootImageFields.PxaTagsAddress, image.Addresses.Tags);
        U32(BootImageFields.PxaPageSize, image.PageSize);
        image.NameField.Span.CopyTo(header.AsSpan(BootImageFields.PxaName));
        image.CommandLineField.Span.CopyTo(header.AsSpan(BootImageFields.PxaCommandLine));
        image.Id.Span.CopyTo(header.AsSpan(BootImageFields.PxaId));
        image.ExtraCommandLineField.Span.CopyTo(header.AsSpan(BootImageFields.PxaExtraCommandLine));

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(offset), value);
    }
}
