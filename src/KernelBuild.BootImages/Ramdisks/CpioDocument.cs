using System.Text;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>
/// Archives of a ramdisk that are changed entry by entry: the order, every field and byte of the entries that stay, duplicates, trailers
/// and what stands between archives are kept. Files need not be root's for it: owner, mode and device numbers are numbers in the archive.
/// </summary>
public sealed class CpioDocument
{
    private readonly List<CpioPiece> _pieces = [];
    private readonly bool _isFilled;

    private CpioDocument(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        var used = span.LastIndexOfAnyExcept((byte)0) + 1;
        _isFilled = span.Length % CpioFormat.BlockLength == 0 && span.Length - used < CpioFormat.BlockLength + CpioFormat.Alignment;
        Split(bytes);
    }

    /// <summary>Entries in the order of the file, trailers left out.</summary>
    public IEnumerable<CpioEntry> Entries => _pieces.Select(piece => piece.Entry).OfType<CpioEntry>();

    /// <summary>Reads archives.</summary>
    /// <param name="bytes">Not compressed.</param>
    /// <exception cref="DiagnosticException">KB5012: no archives.</exception>
    public static CpioDocument Read(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>The last entry of a path, which is the one that counts when the kernel has unpacked all; null when there is none.</summary>
    public CpioEntry? Find(string path) => Entries.LastOrDefault(entry => PathOf(entry) == path);

    /// <summary>The content of a file: of a hard link that of the entry that has it.</summary>
    public ReadOnlyMemory<byte> ContentOf(CpioEntry entry) =>
        entry.Data.IsEmpty && Links(entry).LastOrDefault(link => !link.Data.IsEmpty) is { } holder ? holder.Data : entry.Data;

    /// <summary>Puts an entry in the place of the last of its path, or behind the last entry of the last archive.</summary>
    /// <param name="path">Without a slash in front.</param>
    /// <param name="type">What it becomes.</param>
    /// <param name="permissions">
    /// Null for those of the entry that it takes the place of, else as given by the type: 0644, 0755, 0777.
    /// </param>
    /// <param name="data">A file's content, or a link's target.</param>
    /// <param name="owner">User and group; null for those of the old entry, else 0 and 0.</param>
    public void Put(string path, FileType type, UnixFileMode? permissions, ReadOnlyMemory<byte> data, (uint User, uint Group)? owner = null)
    {
        if (Find(path) is { } old && old.Type == type)
        {
            // the links of a file have one content, which stands in one of their entries
            var holder = type == FileType.RegularFile ? Links(old).LastOrDefault(link => !link.Data.IsEmpty) ?? old : old;
            Replace(old, old with
            {
                Mode = (uint)type | (uint)(permissions ?? old.Permissions),
                UserId = owner?.User ?? old.UserId,
                GroupId = owner?.Group ?? old.GroupId,
                Data = holder == old ? data : old.Data,
            });
            if (holder != old)
            {
                Replace(holder, holder with { Data = data });
            }

            return;
        }

        Remove(path);
        Insert(new CpioEntry
        {
            Offset = 0,
            Inode = Entries.Select(entry => entry.Inode).DefaultIfEmpty().Max() + 1,
            Mode = (uint)type | (uint)(permissions ?? DefaultOf(type)),
            UserId = owner?.User ?? 0,
            GroupId = owner?.Group ?? 0,
            LinkCount = type == FileType.Directory ? 2u : 1,
            Name = Encoding.UTF8.GetBytes(path),
            Data = data,
        });
    }

    /// <summary>Removes all entries of a path; a content that other links need moves to one of them.</summary>
    /// <returns>How many.</returns>
    public int Remove(string path)
    {
        var removed = Entries.Where(entry => PathOf(entry) == path).ToArray();
        foreach (var entry in removed)
        {
            var rest = Links(entry).Where(link => link != entry).ToArray();
            if (rest.Length > 0)
            {
                foreach (var link in rest)
                {
                    var data = link == rest[^1] && rest.All(one => one.Data.IsEmpty) ? entry.Data : link.Data;
                    Replace(link, link with { LinkCount = Math.Max(1, link.LinkCount - 1), Data = data });
                }
            }

            _pieces.RemoveAll(piece => ReferenceEquals(piece.Entry, entry));
        }

        return removed.Length;
    }

    /// <summary>Gives all entries of a path another name, or what lies below it another folder.</summary>
    public void Rename(CpioEntry entry, string path) => Replace(entry, entry with { Name = Encoding.UTF8.GetBytes(path) });

    /// <summary>Takes an entry out as it is, for another place.</summary>
    internal CpioPiece Detach(CpioEntry entry)
    {
        var at = _pieces.FindIndex(piece => ReferenceEquals(piece.Entry, entry));
        var piece = _pieces[at];
        _pieces.RemoveAt(at);
        return piece;
    }

    /// <summary>Puts an entry behind the last one of the last archive.</summary>
    internal void Attach(CpioPiece piece)
    {
        var at = _pieces.FindLastIndex(one => one.IsTrailer);
        _pieces.Insert(at < 0 ? _pieces.Count : at, piece);
    }

    /// <summary>Changes the permissions of an entry.</summary>
    public void SetPermissions(CpioEntry entry, UnixFileMode permissions) =>
        Replace(entry, entry with { Mode = (uint)entry.Type | (uint)permissions });

    /// <summary>The archives.</summary>
    /// <exception cref="DiagnosticException">KB5009: more than 2 GiB.</exception>
    public byte[] ToArray()
    {
        using var output = new MemoryStream();
        foreach (var (piece, isLast) in _pieces.Select((piece, i) => (piece, i == _pieces.Count - 1)))
        {
            // the fill to whole blocks at the very end is made anew
            output.Write(isLast && _isFilled && piece.Entry is null && !piece.IsTrailer ? [] : piece.Raw.Span);
            if (output.Length > Array.MaxLength - CpioFormat.BlockLength)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.RamdiskEntryInvalid, "the ramdisk would have more than 2 GiB",
                    "leave files out: the whole ramdisk is held in memory"));
            }
        }

        if (_isFilled)
        {
            output.SetLength(Align.Up(output.Length, CpioFormat.BlockLength));
        }

        return output.ToArray();
    }

    /// <summary>A path as it is asked for: without "./" or a slash in front of it, which some archives have.</summary>
    public static string PathOf(CpioEntry entry)
    {
        var path = entry.Path;
        path = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path.TrimStart('/');
        return path;
    }

    private void Split(ReadOnlyMemory<byte> bytes)
    {
        var from = 0;
        foreach (var entry in CpioArchive.Read(bytes).Entries)
        {
            // trailers and zeros between archives
            AddOther(bytes[from..entry.Offset]);
            var data = Align.Up(entry.Offset + CpioFormat.HeaderLength + entry.Name.Length + 1, CpioFormat.Alignment);
            from = (int)Math.Min(Align.Up(data + entry.Data.Length, CpioFormat.Alignment), bytes.Length);
            _pieces.Add(new CpioPiece(entry, bytes[entry.Offset..from]));
        }

        AddOther(bytes[from..]);
    }

    /// <summary>A trailer is told from the zeros around it, so that new entries can be put in front of it.</summary>
    private void AddOther(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var start = bytes.Span.IndexOfAnyExcept((byte)0);
            if (start != 0)
            {
                var zeros = start < 0 ? bytes.Length : start;
                _pieces.Add(new CpioPiece(null, bytes[..zeros]));
                bytes = bytes[zeros..];
                continue;
            }

            var length = (int)Math.Min(
                Align.Up(CpioFormat.HeaderLength + CpioFormat.Trailer.Length + 1, CpioFormat.Alignment), bytes.Length);
            _pieces.Add(new CpioPiece(null, bytes[..length], IsTrailer: true));
            bytes = bytes[length..];
        }
    }

    private IEnumerable<CpioEntry> Links(CpioEntry entry) => entry.LinkCount < 2 || entry.Type != FileType.RegularFile
        ? [entry]
        : Entries.Where(other => other.Type == FileType.RegularFile && other.LinkCount > 1 && other.Inode == entry.Inode
            && other.DeviceMajor == entry.DeviceMajor && other.DeviceMinor == entry.DeviceMinor);

    private void Replace(CpioEntry old, CpioEntry now)
    {
        var at = _pieces.FindIndex(piece => ReferenceEquals(piece.Entry, old));
        _pieces[at] = new CpioPiece(now, CpioEntryWriter.Write(now, _pieces[at].Raw.Span));
    }

    private void Insert(CpioEntry entry)
    {
        var sample = _pieces.FirstOrDefault(piece => piece.Entry is not null)?.Raw ?? _pieces.First(piece => piece.IsTrailer).Raw;
        Attach(new CpioPiece(entry, CpioEntryWriter.Write(entry, sample.Span)));
    }

    private static UnixFileMode DefaultOf(FileType type) => type switch
    {
        FileType.Directory => (UnixFileMode)0b111_101_101,
        FileType.SymbolicLink => (UnixFileMode)0b111_111_111,
        _ => (UnixFileMode)0b110_100_100,
    };
}
