using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Host.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelBuild.Host.Files;

/// <summary>
/// What the file system says of everything below a folder, without reading a file: equal stamps of trees mean equal names and contents, as
/// equal stamps of files do. Links are not followed.
/// </summary>
/// <remarks>
/// Of a repository's own folder, .git, only the index and info/exclude are looked at: they decide what of ignored files belongs to the tree.
/// </remarks>
public static class TreeStamp
{
    private const int StampLength = 34;
    private const int InitialLength = 4096;

    /// <summary>The stamp and when the youngest entry last changed; null when there is no such folder, or a part of it cannot be read.</summary>
    /// <returns>The stamp as text without blanks; nanoseconds since the epoch.</returns>
    public static (string Stamp, long LatestChange)? Of(string folder)
    {
        var sum = new Sum();
        if (FileStamp.Of(folder, followLinks: true) is not { IsDirectory: true } top)
        {
            return null;
        }

        var first = new ArrayBufferWriter<byte>(StampLength + 1);
        Append(first, top, [0], sum);
        sum.Add(first.WrittenSpan);
        try
        {
            // one level after another: two processors halve the time of a kernel's tree
            for (var level = new List<string> { folder }; level.Count > 0;)
            {
                var next = new List<string>();
                Parallel.ForEach(level, () => (Found: new List<string>(), Part: new Sum()), (path, _, state) =>
                {
                    Look(folder, path, state.Found, state.Part);
                    return state;
                }, state =>
                {
                    lock (next)
                    {
                        next.AddRange(state.Found);
                        sum.Add(state.Part);
                    }
                });
                level = next;
            }
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is IOException or UnauthorizedAccessException))
        {
            return null;
        }

        return (string.Create(CultureInfo.InvariantCulture, $"{sum.Entries}:{sum.Value:x32}"), sum.LatestChange);
    }

    /// <summary>
    /// A folder is one digest, over its entries as they come: the order is the folder's own, and stays while nothing in it changes. Entries
    /// are asked for from the open folder, so that no path is looked up 76,000 times.
    /// </summary>
    private static void Look(string top, string path, List<string> folders, Sum sum)
    {
        using var folder = Libc.Open(path, Libc.OpenAsPlace);
        var text = new ArrayBufferWriter<byte>(InitialLength);
        Append(text, Encoding.UTF8.GetBytes(path[top.Length..] + "\0"));
        var entries = new FileSystemEnumerable<string?>(
            path, (ref FileSystemEntry entry) => Look(ref entry, folder, text, sum), new EnumerationOptions { AttributesToSkip = FileAttributes.None });
        foreach (var found in entries)
        {
            if (found is not null)
            {
                folders.Add(found);
            }
        }

        sum.Add(text.WrittenSpan);
    }

    /// <summary>Adds one entry; gives back its path when it is a folder to look into.</summary>
    private static string? Look(ref FileSystemEntry entry, SafeFileHandle folder, ArrayBufferWriter<byte> text, Sum sum)
    {
        Span<byte> name = stackalloc byte[Encoding.UTF8.GetMaxByteCount(entry.FileName.Length) + 1];
        var length = Encoding.UTF8.GetBytes(entry.FileName, name);
        name[length] = 0;
        if (entry.FileName is ".git" && entry.IsDirectory)
        {
            var repository = entry.ToFullPath();
            foreach (var file in (string[])["index", "info/exclude"])
            {
                if (FileStamp.Of(Path.Combine(repository, file)) is { } one)
                {
                    Append(text, one, Encoding.UTF8.GetBytes(".git/" + file + "\0"), sum);
                }
            }

            return null;
        }

        // a name that is no UTF-8 is another one by now: looked up by nothing, and then the tree cannot be told apart
        if (FileStamp.Of(folder, name[..(length + 1)]) is not { } stamp)
        {
            return Path.Exists(entry.ToFullPath()) ? throw new IOException($"'{entry.ToFullPath()}' has no stamp") : null;
        }

        Append(text, stamp, name[..(length + 1)], sum);
        return stamp.IsDirectory ? entry.ToFullPath() : null;
    }

    private static void Append(ArrayBufferWriter<byte> text, in FileStamp stamp, ReadOnlySpan<byte> name, Sum sum)
    {
        var bytes = text.GetSpan(StampLength);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, stamp.Inode);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], stamp.Size);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], stamp.ModifyTime);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], stamp.ChangeTime);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[32..], stamp.Mode);
        text.Advance(StampLength);
        Append(text, name);
        sum.Count(stamp);
    }

    private static void Append(ArrayBufferWriter<byte> text, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(text.GetSpan(bytes.Length));
        text.Advance(bytes.Length);
    }

    /// <summary>Does not depend on the order in which folders come.</summary>
    private sealed class Sum
    {
        public int Entries { get; private set; }

        public UInt128 Value { get; private set; }

        public long LatestChange { get; private set; }

        public void Count(in FileStamp stamp)
        {
            Entries++;
            LatestChange = Math.Max(LatestChange, stamp.ChangeTime);
        }

        public void Add(ReadOnlySpan<byte> folder)
        {
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(folder, digest);
            Value += BinaryPrimitives.ReadUInt128LittleEndian(digest);
        }

        public void Add(Sum other)
        {
            Entries += other.Entries;
            Value += other.Value;
            LatestChange = Math.Max(LatestChange, other.LatestChange);
        }
    }
}
