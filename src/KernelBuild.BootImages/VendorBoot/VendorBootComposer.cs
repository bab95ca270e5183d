using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>Lays out a new vendor_boot image by the rules of AOSP's mkbootimg.</summary>
internal static class VendorBootComposer
{
    public static VendorBootImage Compose(VendorBootContents contents)
    {
        Check(contents);
        var version = contents.HeaderVersion;
        var header = new byte[VendorBootFields.HeaderLength(version)];
        VendorBootFields.Magic.CopyTo(header);
        U32(VendorBootFields.HeaderVersion, version);
        U32(VendorBootFields.PageSize, contents.PageSize);
        U32(VendorBootFields.KernelAddress, contents.Addresses.Kernel);
        U32(VendorBootFields.RamdiskAddress, contents.Addresses.Ramdisk);
        Encoding.UTF8.GetBytes(contents.CommandLine, header.AsSpan(VendorBootFields.CommandLine));
        U32(VendorBootFields.TagsAddress, contents.Addresses.Tags);
        Encoding.UTF8.GetBytes(contents.Name, header.AsSpan(VendorBootFields.Name));
        U32(VendorBootFields.HeaderSize, (uint)header.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(VendorBootFields.DtbAddress), contents.Addresses.Dtb);
        var (ramdisk, table) = LayOutRamdisks(contents.Ramdisks, VendorBootFields.EntryLength);
        if (version == 4)
        {
            U32(VendorBootFields.TableEntryCount, (uint)contents.Ramdisks.Length);
            U32(VendorBootFields.TableEntrySize, VendorBootFields.EntryLength);
        }

        var image = Assemble(header, null, kind => kind switch
        {
            VendorBootSectionKind.Ramdisk => ramdisk,
            VendorBootSectionKind.Dtb => contents.Dtb,
            VendorBootSectionKind.RamdiskTable => table,
            _ => contents.BootConfig,
        }, default);

        // read again, so that the fragments are those that the table names
        return VendorBootImage.Read(image.ToArray());

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(offset), value);
    }

    /// <summary>Puts sections behind a header, whose size fields follow them; what did not change keeps its padding.</summary>
    internal static VendorBootImage Assemble(
        ReadOnlySpan<byte> oldHeader, VendorBootImage? before, Func<VendorBootSectionKind, ReadOnlyMemory<byte>> content, ReadOnlyMemory<byte> tail)
    {
        var header = oldHeader.ToArray();
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(VendorBootFields.HeaderVersion));
        var pageSize = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(VendorBootFields.PageSize));
        var headerPages = BootImageReader.RoundUp(header.Length, pageSize);
        var sections = ImmutableArray.CreateBuilder<VendorBootSection>();
        var offset = headerPages;
        foreach (var kind in VendorBootSection.KindsOf(version))
        {
            var bytes = content(kind);
            var padding = (int)(BootImageReader.RoundUp(bytes.Length, pageSize) - bytes.Length);
            var old = before?.Sections.FirstOrDefault(s => s.Kind == kind);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(VendorBootReader.SizeField(kind)), (uint)bytes.Length);
            sections.Add(new VendorBootSection(kind, offset, bytes, old?.Padding.Length == padding && old.Content.Length == bytes.Length ? old.Padding : new byte[padding]));
            offset += bytes.Length + padding;
        }

        return new VendorBootImage
        {
            Header = header,
            HeaderPadding = before?.HeaderPadding ?? new byte[headerPages - header.Length],
            Sections = sections.ToImmutable(),
            Tail = tail,
        };
    }

    /// <summary>The section with all fragments, one directly after another, and its table.</summary>
    internal static (byte[] Ramdisk, byte[] Table) LayOutRamdisks(IReadOnlyList<VendorRamdiskContents> ramdisks, int entryLength)
    {
        var section = new byte[ramdisks.Sum(r => (long)r.Content.Length)];
        var table = new byte[ramdisks.Count * entryLength];
        var offset = 0;
        for (var i = 0; i < ramdisks.Count; i++)
        {
            var ramdisk = ramdisks[i];
            var entry = table.AsSpan(i * entryLength, entryLength);
            ramdisk.Content.Span.CopyTo(section.AsSpan(offset));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[VendorBootFields.EntryRamdiskSize..], (uint)ramdisk.Content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[VendorBootFields.EntryRamdiskOffset..], (uint)offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[VendorBootFields.EntryType..], ramdisk.Type);
            Encoding.UTF8.GetBytes(ramdisk.Name, entry.Slice(VendorBootFields.EntryName, VendorBootFields.EntryNameLength));
            for (var word = 0; word < ramdisk.BoardId.Length; word++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(entry[(VendorBootFields.EntryBoardId + (word * sizeof(uint)))..], ramdisk.BoardId[word]);
            }

            offset += ramdisk.Content.Length;
        }

        return (section, table);
    }

    private static void Check(VendorBootContents contents)
    {
        var errors = new List<Diagnostic>();
        if (contents.HeaderVersion is not (3 or 4))
        {
            Add(DiagnosticCodes.BootImageHeaderInvalid, $"vendor_boot header version {contents.HeaderVersion} does not exist", "use 3 or 4");
        }

        if (contents.PageSize is < BootImageFields.SmallestPageSize or > BootImageFields.LargestPageSize || !uint.IsPow2(contents.PageSize))
        {
            Add(DiagnosticCodes.BootImageHeaderInvalid, $"page size {contents.PageSize} is not one of 2048, 4096, 8192, 16384", "use the page size of the device's stock image");
        }

        Text(contents.CommandLine, "vendor command line", VendorBootFields.CommandLineLength - 1);
        Text(contents.Name, "product name", VendorBootFields.NameLength - 1);
        if (contents.HeaderVersion == 3 && (contents.Ramdisks.Length > 1 || !contents.BootConfig.IsEmpty))
        {
            Add(DiagnosticCodes.BootImageSectionUnfit, "a version 3 vendor_boot image has one ramdisk and no bootconfig", "use header version 4");
        }

        if (contents.HeaderVersion == 3 && contents.Dtb.IsEmpty)
        {
            Add(DiagnosticCodes.BootImageSectionUnfit, "a version 3 vendor_boot image must have a device tree, and none is given", "give the dtb");
        }

        foreach (var ramdisk in contents.Ramdisks)
        {
            Text(ramdisk.Name, "name of a ramdisk fragment", VendorBootFields.EntryNameLength - 1);
            if (ramdisk.BoardId.Length != VendorBootFields.EntryBoardIdWords || ramdisk.Type > 3)
            {
                Add(DiagnosticCodes.VendorRamdiskTableInvalid, $"the ramdisk fragment \"{CommandLineText.Printable(ramdisk.Name)}\" has {ramdisk.BoardId.Length} words of board id and type {ramdisk.Type}, expected 16 and 0 to 3", "correct them");
            }
        }

        if (contents.Ramdisks.GroupBy(r => r.Name, StringComparer.Ordinal).Any(group => group.Count() > 1))
        {
            Add(DiagnosticCodes.VendorRamdiskTableInvalid, "two ramdisk fragments have the same name", "give each a name of its own");
        }

        if (errors.Count > 0)
        {
            throw new DiagnosticException(errors);
        }

        void Text(string text, string what, int limit)
        {
            if (Encoding.UTF8.GetByteCount(text) > limit)
            {
                Add(DiagnosticCodes.BootImageFieldTooLong, $"the {what} has {Encoding.UTF8.GetByteCount(text)} bytes, and there is room for {limit}", "shorten it");
            }
        }

        void Add(string code, string message, string fix) => errors.Add(Diagnostic.Error(code, message, fix));
    }
}
