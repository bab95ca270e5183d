using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Boot;

/// <summary>Reads images with Samsung's PXA header; anything that does not add up is left to the reader of standard headers and its findings.</summary>
internal static class PxaReader
{
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out BootImage? image)
    {
        image = null;
        if (bytes.Length < BootImageFields.PxaHeaderLength || U32(bytes, BootImageFields.PxaUnknown) < BootImageFields.SmallestPxaUnknown)
        {
            return false;
        }

        var pageSize = U32(bytes, BootImageFields.PxaPageSize);
        if (pageSize is < BootImageFields.SmallestPageSize or > BootImageFields.LargestPageSizeInTheWild || !uint.IsPow2(pageSize) || bytes.Length < pageSize)
        {
            return false;
        }

        var sections = ImmutableArray.CreateBuilder<BootImageSection>();
        long end = pageSize;
        foreach (var kind in DeviceTreeTable.Kinds)
        {
            long size = U32(bytes, SizeField(kind));
            if (size > bytes.Length - end)
            {
                return false;
            }

            var padded = Math.Min(bytes.Length, end + BootImageReader.RoundUp(size, pageSize));
            if (kind != BootImageSectionKind.DeviceTreeTable || size > 0)
            {
                sections.Add(new BootImageSection(kind, end, bytes.Slice((int)end, (int)size), bytes[(int)(end + size)..(int)padded]));
            }

            end = padded;
        }

        image = new BootImage
        {
            HeaderVersion = 0,
            Form = BootHeaderForm.Pxa,
            PxaUnknown = U32(bytes, BootImageFields.PxaUnknown),
            PageSize = pageSize,
            Addresses = new BootAddresses(
                U32(bytes, BootImageFields.KernelAddress), U32(bytes, BootImageFields.RamdiskAddress),
                U32(bytes, BootImageFields.SecondAddress), U32(bytes, BootImageFields.PxaTagsAddress), 0),
            NameField = bytes.Slice(BootImageFields.PxaName, BootImageFields.PxaNameLength),
            CommandLineField = bytes.Slice(BootImageFields.PxaCommandLine, BootImageFields.CommandLineLength),
            Id = bytes.Slice(BootImageFields.PxaId, BootImageFields.IdLength),
            ExtraCommandLineField = bytes.Slice(BootImageFields.PxaExtraCommandLine, BootImageFields.ExtraCommandLineLength),
            HeaderPadding = bytes[BootImageFields.PxaHeaderLength..(int)pageSize],
            Sections = sections.ToImmutable(),
            Tail = bytes[(int)end..],
        };
        return true;
    }

    internal static int SizeField(BootImageSectionKind kind) => kind switch
    {
        BootImageSectionKind.Kernel => BootImageFields.KernelSize,
        BootImageSectionKind.Ramdisk => BootImageFields.RamdiskSize,
        BootImageSectionKind.Second => BootImageFields.SecondSize,
        _ => BootImageFields.PxaExtraSize,
    };

    private static uint U32(ReadOnlyMemory<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[offset..]);
}
