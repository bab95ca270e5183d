using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>One entry of an archive as it was read; all fields of the header, in the header's order.</summary>
public sealed record CpioEntry
{
    /// <summary>Where the entry's header is, in bytes from the start of the archive.</summary>
    public required int Offset { get; init; }

    public uint Inode { get; init; }

    /// <summary>Type and permissions.</summary>
    public uint Mode { get; init; }

    public uint UserId { get; init; }

    public uint GroupId { get; init; }

    public uint LinkCount { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public uint ModificationTime { get; init; }

    /// <summary>Of the file system the entry was taken from.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Of the file system the entry was taken from.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Of a device node.</summary>
    public uint RawDeviceMajor { get; init; }

    /// <summary>Of a device node.</summary>
    public uint RawDeviceMinor { get; init; }

    /// <summary>The sum of the data's bytes in archives with the magic 070702; else usually 0.</summary>
    public uint Check { get; init; }

    /// <summary>The name's bytes without the NUL; nothing is known about them: they may hold "..", or start with a slash.</summary>
    public required ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>A file's content or a symbolic link's target.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    public FileType Type => (FileType)(Mode & 0xf000);

    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xfff);

    /// <summary><see cref="Name"/> as text: UTF-8 where it is, else one character per byte.</summary>
    public string Path => HeaderText.Decode(Name.Span);

    /// <summary>What a symbolic link points to; null for all else. gen_init_cpio ends it with a NUL, cpio does not.</summary>
    public string? LinkTarget => Type == FileType.SymbolicLink ? HeaderText.Read(Data.Span) : null;
}
