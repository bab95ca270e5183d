using System.Collections.Immutable;
using System.Text;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>Lays out a new vendor_boot image by the rules of AOSP's mkbootimg.</summary>
internal static class VendorBootComposer
{
    public static VendorBootImage Compose(VendorBootContents contents)
    {
        Check(contents);
        var version = contents.HeaderVersion;
        var (ramdisk, table) = LayOutRamdisks(contents.Ramdisks);
        var header = new VendorBootHeader
        {
            Version = version,
            PageSize = contents.PageSize,
            Addresses = contents.Addresses,
            CommandLineField = HeaderText.Field(Encoding.UTF8.GetBytes(contents.CommandLine), VendorBootFields.CommandLineLength),
            NameField = HeaderText.Field(Encoding.UTF8.GetBytes(contents.Name), VendorBootFields.NameLength),
            HeaderSize = (uint)VendorBootFields.HeaderLength(version),
            TableEntryCount = version >= 4 ? (uint)contents.Ramdisks.Length : 0,
            TableEntrySize = version >= 4 ? VendorBootFields.EntryLength : 0u,
        };
        var image = Assemble(header, null, kind => kind switch
        {
            VendorBootSectionKind.Ramdisk => ramdisk,
            VendorBootSectionKind.Dtb => contents.Dtb,
            VendorBootSectionKind.RamdiskTable => table,
            _ => contents.BootConfig,
        }, default);

        // read again, so that the fragments are those that the table names
        return VendorBootImage.Read(image.ToArray());
    }

    /// <summary>Puts sections behind a header, whose size fields follow them; what did not change keeps its padding.</summary>
    internal static VendorBootImage Assemble(
        VendorBootHeader header, VendorBootImage? before, Func<VendorBootSectionKind, ReadOnlyMemory<byte>> content,
        ReadOnlyMemory<byte> tail)
    {
        var headerPages = Align.Up(header.Length, header.PageSize);
        var sections = ImmutableArray.CreateBuilder<VendorBootSection>();
        var offset = headerPages;
        foreach (var kind in VendorBootSection.KindsOf(header.Version))
        {
            var bytes = content(kind);
            var padding = Align.Padding(bytes.Length, header.PageSize);
            var old = before?.Sections.FirstOrDefault(s => s.Kind == kind);
            var keepsPadding = old?.Padding.Length == padding && old.Content.Length == bytes.Length;
            header = header.WithSize(kind, (uint)bytes.Length);
            sections.Add(new VendorBootSection(kind, offset, bytes, keepsPadding ? old!.Padding : new byte[padding]));
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
    private static (byte[] Ramdisk, byte[] Table) LayOutRamdisks(ImmutableArray<VendorRamdiskContents> ramdisks)
    {
        var section = new byte[ramdisks.Sum(r => (long)r.Content.Length)];
        var table = new byte[ramdisks.Length * VendorBootFields.EntryLength];
        var offset = 0;
        for (var i = 0; i < ramdisks.Length; i++)
        {
            var ramdisk = ramdisks[i];
            var name = HeaderText.Field(Encoding.UTF8.GetBytes(ramdisk.Name), VendorBootFields.EntryNameLength);
            new VendorRamdiskEntry((uint)ramdisk.Content.Length, (uint)offset, ramdisk.Type, name, ramdisk.BoardId, default)
                .Write(table.AsSpan(i * VendorBootFields.EntryLength));
            ramdisk.Content.Span.CopyTo(section.AsSpan(offset));
            offset += ramdisk.Content.Length;
        }

        return (section, table);
    }

    private static void Check(VendorBootContents contents)
    {
        var errors = new List<Diagnostic>();
        if (contents.HeaderVersion is not (3 or 4))
        {
            Add(
                DiagnosticCodes.BootImageHeaderInvalid, $"vendor_boot header version {contents.HeaderVersion} does not exist",
                "use 3 or 4");
        }

        if (!PageSizes.IsOffered(contents.PageSize))
        {
            Add(
                DiagnosticCodes.BootImageHeaderInvalid, $"page size {contents.PageSize} is not one of 2048, 4096, 8192, 16384",
                "use the page size of the device's stock image");
        }

        Text(contents.CommandLine, "vendor command line", VendorBootFields.CommandLineLength - 1);
        Text(contents.Name, "product name", VendorBootFields.NameLength - 1);
        if (contents.HeaderVersion == 3 && (contents.Ramdisks.Length > 1 || !contents.BootConfig.IsEmpty))
        {
            Add(
                DiagnosticCodes.BootImageSectionUnfit, "a version 3 vendor_boot image has one ramdisk and no bootconfig",
                "use header version 4");
        }

        if (contents.HeaderVersion == 3 && contents.Dtb.IsEmpty)
        {
            Add(
                DiagnosticCodes.BootImageSectionUnfit, "a version 3 vendor_boot image must have a device tree, and none is given",
                "give the dtb");
        }

        foreach (var ramdisk in contents.Ramdisks)
        {
            Text(ramdisk.Name, "name of a ramdisk fragment", VendorBootFields.EntryNameLength - 1);
            if (ramdisk.BoardId.Length != VendorBootFields.EntryBoardIdWords)
            {
                Add(
                    DiagnosticCodes.VendorRamdiskTableInvalid,
                    $"the ramdisk fragment \"{HeaderText.Printable(ramdisk.Name)}\" has {ramdisk.BoardId.Length} words of board id, "
                    + $"expected {VendorBootFields.EntryBoardIdWords}",
                    "give all of them, 0 where there is none");
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
                Add(
                    DiagnosticCodes.BootImageFieldTooLong,
                    $"the {what} has {Encoding.UTF8.GetByteCount(text)} bytes, and there is room for {limit}", "shorten it");
            }
        }

        void Add(string code, string message, string fix) => errors.Add(Diagnostic.Error(code, message, fix));
    }
}
