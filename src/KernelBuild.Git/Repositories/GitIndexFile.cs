using System.Security.Cryptography;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Host.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelBuild.Git.Repositories;

/// <summary>
/// Writes git's index (version 2) for a work tree that we filled ourselves, with the stat data that lets git see that
/// nothing has changed since. Format: git's Documentation/gitformat-index.
/// </summary>
public static class GitIndexFile
{
    private const int FixedEntryLength = 62;
    private const int MaximumNameLength = 0xfff;

    /// <param name="path">The index; replaced in one step.</param>
    /// <param name="workTree">Root of the files.</param>
    /// <param name="entries">Sorted by the bytes of the path.</param>
    public static void Write(string path, string workTree, IReadOnlyList<TreeEntry> entries)
    {
        using var stream = new MemoryStream(entries.Count * 110);
        using var writer = new BigEndianWriter(stream);
        writer.Write("DIRC"u8);
        writer.Write(2u);
        writer.Write((uint)entries.Count);
        using var folder = Libc.Open(workTree, Libc.OpenAsPlace);
        foreach (var entry in entries)
        {
            WriteEntry(writer, folder, entry);
        }

        writer.Write(SHA1.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        AtomicFile.Write(path, stream.GetBuffer().AsMemory(0, (int)stream.Length));
    }

    private static void WriteEntry(BigEndianWriter writer, SafeFileHandle folder, TreeEntry entry)
    {
        // as bytes: a name need not be UTF-8
        Span<byte> name = [.. entry.Path.Span, 0];
        if (folder.IsInvalid || Libc.Statx(folder, ref name[0], Libc.AtSymlinkNoFollow, Libc.StatxBasicStats, out var stat) != 0)
        {
            throw new FileNotFoundException("a file vanished while the work tree was being made", entry.ToString());
        }

        writer.Write((uint)stat.ChangeTime.Seconds);
        writer.Write(stat.ChangeTime.Nanoseconds);
        writer.Write((uint)stat.ModifyTime.Seconds);
        writer.Write(stat.ModifyTime.Nanoseconds);
        writer.Write((stat.DevMajor << 8) | (stat.DevMinor & 0xff));
        writer.Write((uint)stat.Inode);
        writer.Write(entry.Mode);
        writer.Write(stat.Uid);
        writer.Write(stat.Gid);
        writer.Write((uint)stat.Size);
        writer.Write(entry.Id.ToBytes());
        writer.Write((ushort)Math.Min(entry.Path.Length, MaximumNameLength));
        writer.Write(entry.Path.Span);
        // one to eight NULs, up to a multiple of eight
        writer.Write(new byte[8 - ((FixedEntryLength + entry.Path.Length) % 8)]);
    }
}
