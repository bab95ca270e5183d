using System.Globalization;
using KernelBuild.Host.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelBuild.Host.Files;

/// <summary>
/// What the file system says of a file without reading it. The change time (ctime) moves with every write and cannot be
/// set back, so equal stamps mean equal content, short of a clock that jumps or a raw edit of the disk.
/// </summary>
/// <param name="Inode">Inode number.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifyTime">Nanoseconds since the epoch.</param>
/// <param name="ChangeTime">Nanoseconds since the epoch.</param>
/// <param name="Mode">File type and permission bits.</param>
public readonly record struct FileStamp(ulong Inode, ulong Size, long ModifyTime, long ChangeTime, ushort Mode)
{
    private const ushort TypeMask = 0xf000;
    private const ushort TypeDirectory = 0x4000;

    public bool IsDirectory => (Mode & TypeMask) == TypeDirectory;

    /// <summary>The stamp of a path, links not followed unless asked for; null when nothing is there.</summary>
    public static FileStamp? Of(string path, bool followLinks = false)
    {
        var flags = followLinks ? 0 : Libc.AtSymlinkNoFollow;
        return Libc.Statx(Libc.AtFdCwd, path, flags, Libc.StatxBasicStats, out var buffer) == 0 ? From(buffer) : null;
    }

    /// <summary>The stamp of an entry of an open folder; null when it has gone.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">UTF-8, with a NUL at its end.</param>
    internal static FileStamp? Of(SafeFileHandle folder, Span<byte> name) =>
        Libc.Statx(folder, ref name[0], Libc.AtSymlinkNoFollow, Libc.StatxBasicStats, out var buffer) == 0 ? From(buffer) : null;

    internal static FileStamp From(in Libc.StatxBuffer buffer) => new(
        buffer.Inode,
        buffer.Size,
        (buffer.ModifyTime.Seconds * 1_000_000_000) + buffer.ModifyTime.Nanoseconds,
        (buffer.ChangeTime.Seconds * 1_000_000_000) + buffer.ChangeTime.Nanoseconds,
        buffer.Mode);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Inode}:{Size}:{ModifyTime}:{ChangeTime}:{Mode:x}");
}
