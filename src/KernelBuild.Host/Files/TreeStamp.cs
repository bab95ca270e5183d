using System.Buffers.Binary;
using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

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
    /// <summary>The stamp and when the youngest entry last changed; null when there is no such folder, or a part of it cannot be read.</summary>
    /// <returns>The stamp as text without blanks; nanoseconds since the epoch.</returns>
    public static (string Stamp, long LatestChange)? Of(string folder)
    {
        var sum = new Sum();
        if (FileStamp.Of(folder, followLinks: true) is not { IsDirectory: true } top)
        {
            return null;
        }

        sum.Add("", top);
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

        return (string.Create(CultureInfo.InvariantCulture, $"{sum.Count}:{sum.Value:x32}"), sum.LatestChange);
    }

    private static void Look(string top, string path, List<string> folders, Sum sum)
    {
        var entries = new FileSystemEnumerable<string>(
            path, (ref FileSystemEntry entry) => entry.ToFullPath(), new EnumerationOptions { AttributesToSkip = FileAttributes.None });
        foreach (var entry in entries)
        {
            if (Path.GetFileName(entry.AsSpan()) is ".git" && Directory.Exists(entry))
            {
                foreach (var file in (string[])[Path.Combine(entry, "index"), Path.Combine(entry, "info", "exclude")])
                {
                    if (FileStamp.Of(file) is { } one)
                    {
                        sum.Add(file[top.Length..], one);
                    }
                }
            }
            else if (FileStamp.Of(entry) is { } stamp)
            {
                sum.Add(entry[top.Length..], stamp);
                if (stamp.IsDirectory)
                {
                    folders.Add(entry);
                }
            }
        }
    }

    /// <summary>Does not depend on the order in which entries come.</summary>
    private sealed class Sum
    {
        public int Count { get; private set; }

        public UInt128 Value { get; private set; }

        public long LatestChange { get; private set; }

        public void Add(string path, in FileStamp stamp)
        {
            Span<byte> bytes = stackalloc byte[(4 * sizeof(ulong)) + sizeof(ushort) + Encoding.UTF8.GetMaxByteCount(path.Length)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, stamp.Inode);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], stamp.Size);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], stamp.ModifyTime);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], stamp.ChangeTime);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[32..], stamp.Mode);
            var length = 34 + Encoding.UTF8.GetBytes(path, bytes[34..]);
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes[..length], digest);
            Count++;
            Value += BinaryPrimitives.ReadUInt128LittleEndian(digest);
            LatestChange = Math.Max(LatestChange, stamp.ChangeTime);
        }

        public void Add(Sum other)
        {
            Count += other.Count;
            Value += other.Value;
            LatestChange = Math.Max(LatestChange, other.LatestChange);
        }
    }
}
