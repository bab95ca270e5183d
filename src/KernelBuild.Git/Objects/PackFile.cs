using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace KernelBuild.Git.Objects;

/// <summary>
/// Writes a git pack (version 2, no deltas) and its index (version 2) while a source is being read. Objects are hashed and
/// deflated on the caller's threads; only the append is serialised. Format: git's Documentation/gitformat-pack.
/// </summary>
public sealed class PackFile : IAsyncDisposable
{
    private const int HeaderLength = 12;
    private const long LargeOffset = 0x8000_0000;
    private const int LargestKeptRecord = 1 << 20;

    /// <summary>A tree has 80,000 objects: memory for each of them costs as much time as a third of their compression.</summary>
    [ThreadStatic]
    private static MemoryStream? _record;

    private readonly Lock _append = new();
    private readonly string _folder;
    private readonly string _temporary;
    private readonly FileStream _file;
    private readonly ConcurrentDictionary<GitObjectId, bool> _known;
    private readonly List<Entry> _entries = [];
    private bool _finished;

    private PackFile(string folder, string temporary, FileStream file, IEnumerable<GitObjectId> known)
    {
        _folder = folder;
        _temporary = temporary;
        _file = file;
        _known = new ConcurrentDictionary<GitObjectId, bool>(known.Select(id => KeyValuePair.Create(id, true)));
    }

    /// <summary>RFC 1950 and 1951: header, an empty final block, Adler-32 of nothing.</summary>
    private static ReadOnlySpan<byte> DeflatedNothing => [0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    /// <summary>Objects to append, as git numbers them.</summary>
    public enum ObjectType
    {
        None = 0,
        Commit = 1,
        Tree = 2,
        Blob = 3,
    }

    /// <param name="folder">objects/pack of the store.</param>
    /// <param name="known">Objects that the store holds already; they are named but not written.</param>
    public static PackFile Create(string folder, IEnumerable<GitObjectId> known)
    {
        var temporary = Path.Combine(folder, $"tmp_pack_{Environment.ProcessId}_{Guid.NewGuid():n}");
        var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20);
        file.Write(new byte[HeaderLength]);
        return new PackFile(folder, temporary, file, known);
    }

    /// <summary>The name that git gives to this object.</summary>
    public static GitObjectId NameOf(ObjectType type, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes($"{Word(type)} {content.Length}\0"));
        hash.AppendData(content);
        return GitObjectId.FromBytes(hash.GetHashAndReset());
    }

    /// <summary>Adds an object unless it is there already. Safe to call from several threads.</summary>
    public GitObjectId Add(ObjectType type, ReadOnlyMemory<byte> content)
    {
        var id = NameOf(type, content.Span);
        if (!_known.TryAdd(id, true))
        {
            return id;
        }

        var buffer = _record ??= new MemoryStream();
        buffer.SetLength(0);
        WriteObjectHeader(buffer, type, content.Length);
        if (content.IsEmpty)
        {
            // a ZLibStream that is given nothing writes nothing, not even its header
            buffer.Write(DeflatedNothing);
        }
        else
        {
            using var deflate = new ZLibStream(buffer, CompressionLevel.Fastest, leaveOpen: true);
            deflate.Write(content.Span);
        }

        var record = new ArraySegment<byte>(buffer.GetBuffer(), 0, (int)buffer.Length);
        var crc = Crc32.HashToUInt32(record);
        lock (_append)
        {
            _entries.Add(new Entry(id.ToBytes(), _file.Position, crc));
            _file.Write(record);
        }

        if (buffer.Capacity > LargestKeptRecord)
        {
            _record = null;
        }

        return id;
    }

    /// <summary>Completes header, checksum and index, and gives both files their names: the index last, as git expects.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_entries.Count == 0)
        {
            return;
        }

        var header = new byte[HeaderLength];
        "PACK"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), (uint)_entries.Count);
        _file.Position = 0;
        await _file.WriteAsync(header, cancellationToken);
        await _file.FlushAsync(cancellationToken);
        _file.Position = 0;
        var checksum = await SHA1.HashDataAsync(_file, cancellationToken);
        _file.Position = _file.Length;
        await _file.WriteAsync(checksum, cancellationToken);
        await _file.FlushAsync(cancellationToken);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);

        var name = Path.Combine(_folder, "pack-" + Convert.ToHexStringLower(checksum));
        var index = _temporary + "_idx";
        await File.WriteAllBytesAsync(index, Index(checksum), cancellationToken);
        File.Move(_temporary, name + ".pack", overwrite: true);
        File.Move(index, name + ".idx", overwrite: true);
        _finished = true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _file.DisposeAsync();
        }
        catch (IOException) when (!_finished)
        {
            // what could not be written any more is not wanted any more
        }
        finally
        {
            if (!_finished)
            {
                File.Delete(_temporary);
            }
        }
    }

    private static string Word(ObjectType type) => type switch
    {
        ObjectType.Commit => "commit",
        ObjectType.Tree => "tree",
        _ => "blob",
    };

    private static void WriteObjectHeader(MemoryStream stream, ObjectType type, long size)
    {
        var value = (byte)(((int)type << 4) | (int)(size & 0xf));
        size >>= 4;
        while (size > 0)
        {
            stream.WriteByte((byte)(value | 0x80));
            value = (byte)(size & 0x7f);
            size >>= 7;
        }

        stream.WriteByte(value);
    }

    private byte[] Index(byte[] packChecksum)
    {
        _entries.Sort((a, b) => a.Id.AsSpan().SequenceCompareTo(b.Id));
        using var stream = new MemoryStream();
        using var writer = new BigEndianWriter(stream);
        writer.Write([0xff, 0x74, 0x4f, 0x63]);
        writer.Write(2u);
        var next = 0;
        for (var first = 0; first < 256; first++)
        {
            while (next < _entries.Count && _entries[next].Id[0] <= first)
            {
                next++;
            }

            writer.Write((uint)next);
        }

        _entries.ForEach(entry => writer.Write(entry.Id));
        _entries.ForEach(entry => writer.Write(entry.Crc));
        var large = new List<long>();
        foreach (var entry in _entries)
        {
            if (entry.Offset < LargeOffset)
            {
                writer.Write((uint)entry.Offset);
            }
            else
            {
                writer.Write((uint)(LargeOffset | (uint)large.Count));
                large.Add(entry.Offset);
            }
        }

        large.ForEach(offset => writer.Write((ulong)offset));
        writer.Write(packChecksum);
        writer.Write(SHA1.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        return stream.ToArray();
    }

    private readonly record struct Entry(byte[] Id, long Offset, uint Crc);
}
