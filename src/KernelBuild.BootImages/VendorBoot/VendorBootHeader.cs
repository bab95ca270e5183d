using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>
/// The header of a vendor_boot image, every field as stored and none of it checked; <see cref="VendorBootImage"/> is what it says. Fields
/// that version 3 does not have are 0.
/// </summary>
public sealed record VendorBootHeader
{
    /// <summary>3 or 4.</summary>
    public required uint Version { get; init; }

    /// <summary>Bytes; the vendor's choice.</summary>
    public required uint PageSize { get; init; }

    /// <summary>Load addresses; the second's is not in the header.</summary>
    public BootAddresses Addresses { get; init; } = BootAddresses.None;

    public uint RamdiskSize { get; init; }

    /// <summary>2048 bytes, ended by a NUL.</summary>
    public required ReadOnlyMemory<byte> CommandLineField { get; init; }

    /// <summary>16 bytes, ended by a NUL.</summary>
    public required ReadOnlyMemory<byte> NameField { get; init; }

    /// <summary>What the header says of its own length.</summary>
    public uint HeaderSize { get; init; }

    public uint DtbSize { get; init; }

    /// <summary>Bytes of the ramdisk table; version 4.</summary>
    public uint TableSize { get; init; }

    /// <summary>Entries of the ramdisk table; version 4.</summary>
    public uint TableEntryCount { get; init; }

    /// <summary>Bytes of an entry of the ramdisk table; version 4.</summary>
    public uint TableEntrySize { get; init; }

    /// <summary>Version 4.</summary>
    public uint BootConfigSize { get; init; }

    /// <summary>Bytes of the fields, padding not counted: 2112 or 2128.</summary>
    public int Length => VendorBootFields.HeaderLength(Version);

    public string CommandLine => HeaderText.Read(CommandLineField.Span);

    public string Name => HeaderText.Read(NameField.Span);

    /// <summary>Bytes of a section.</summary>
    public uint SizeOf(VendorBootSectionKind kind) => kind switch
    {
        VendorBootSectionKind.Ramdisk => RamdiskSize,
        VendorBootSectionKind.Dtb => DtbSize,
        VendorBootSectionKind.RamdiskTable => TableSize,
        _ => BootConfigSize,
    };

    /// <summary>The same with the size of a section.</summary>
    public VendorBootHeader WithSize(VendorBootSectionKind kind, uint size) => kind switch
    {
        VendorBootSectionKind.Ramdisk => this with { RamdiskSize = size },
        VendorBootSectionKind.Dtb => this with { DtbSize = size },
        VendorBootSectionKind.RamdiskTable => this with { TableSize = size },
        _ => this with { BootConfigSize = size },
    };

    /// <summary>Reads the fields of a header, magic not looked at.</summary>
    /// <param name="bytes">At least as many as the header of the version has.</param>
    public static VendorBootHeader Read(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        var header = new VendorBootHeader
        {
            Version = LittleEndian.U32(span, VendorBootFields.HeaderVersion),
            PageSize = LittleEndian.U32(span, VendorBootFields.PageSize),
            Addresses = new BootAddresses(
                LittleEndian.U32(span, VendorBootFields.KernelAddress),
                LittleEndian.U32(span, VendorBootFields.RamdiskAddress),
                0,
                LittleEndian.U32(span, VendorBootFields.TagsAddress),
                LittleEndian.U64(span, VendorBootFields.DtbAddress)),
            RamdiskSize = LittleEndian.U32(span, VendorBootFields.RamdiskSize),
            CommandLineField = bytes.Slice(VendorBootFields.CommandLine, VendorBootFields.CommandLineLength),
            NameField = bytes.Slice(VendorBootFields.Name, VendorBootFields.NameLength),
            HeaderSize = LittleEndian.U32(span, VendorBootFields.HeaderSize),
            DtbSize = LittleEndian.U32(span, VendorBootFields.DtbSize),
        };
        return header.Version < 4 ? header : header with
        {
            TableSize = LittleEndian.U32(span, VendorBootFields.TableSize),
            TableEntryCount = LittleEndian.U32(span, VendorBootFields.TableEntryCount),
            TableEntrySize = LittleEndian.U32(span, VendorBootFields.TableEntrySize),
            BootConfigSize = LittleEndian.U32(span, VendorBootFields.BootConfigSize),
        };
    }

    /// <summary>The bytes, magic included.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        VendorBootFields.Magic.CopyTo(bytes);
        LittleEndian.PutU32(bytes, VendorBootFields.HeaderVersion, Version);
        LittleEndian.PutU32(bytes, VendorBootFields.PageSize, PageSize);
        LittleEndian.PutU32(bytes, VendorBootFields.KernelAddress, Addresses.Kernel);
        LittleEndian.PutU32(bytes, VendorBootFields.RamdiskAddress, Addresses.Ramdisk);
        LittleEndian.PutU32(bytes, VendorBootFields.RamdiskSize, RamdiskSize);
        CommandLineField.Span.CopyTo(bytes.AsSpan(VendorBootFields.CommandLine));
        LittleEndian.PutU32(bytes, VendorBootFields.TagsAddress, Addresses.Tags);
        NameField.Span.CopyTo(bytes.AsSpan(VendorBootFields.Name));
        LittleEndian.PutU32(bytes, VendorBootFields.HeaderSize, HeaderSize);
        LittleEndian.PutU32(bytes, VendorBootFields.DtbSize, DtbSize);
        LittleEndian.PutU64(bytes, VendorBootFields.DtbAddress, Addresses.Dtb);
        if (Version >= 4)
        {
            LittleEndian.PutU32(bytes, VendorBootFields.TableSize, TableSize);
            LittleEndian.PutU32(bytes, VendorBootFields.TableEntryCount, TableEntryCount);
            LittleEndian.PutU32(bytes, VendorBootFields.TableEntrySize, TableEntrySize);
            LittleEndian.PutU32(bytes, VendorBootFields.BootConfigSize, BootConfigSize);
        }

        return bytes;
    }
}
