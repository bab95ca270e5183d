using System.Buffers;
using System.Buffers.Binary;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Turns an image into bytes: fields into a header, then everything else as it is.</summary>
internal static class BootImageWriter
{
    /// <summary>The parts of the file in their order; all but the header are those of the image, not copies.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(BootImage image)
    {
        yield return Header(image);
        yield return image.HeaderPadding;
        foreach (var section in image.Sections)
        {
            yield return section.Content;
            yield return section.Padding;
        }

        yield return image.Tail;
    }

    /// <exception cref="DiagnosticException">KB5003: more than 2 GiB, which is more than can be read back.</exception>
    public static ReadOnlySequence<byte> ToSequence(BootImage image)
    {
        if (image.Length > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.BootImageHeaderInvalid, $"the image would have {image.Length} bytes, more than 2 GiB", "use a smaller kernel or ramdisk"));
        }

        return ByteSequence.Of(Pieces(image));
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
