using System.Text;

namespace KernelBuild.Archives;

/// <summary>
/// Reads a tar archive of any form as GNU tar does. Ours, because the libraries lose what git keeps: System.Formats.Tar decodes
/// names as UTF-8, so that the bytes of others are gone, and none reads sparse members (<see cref="SparseMap"/>).
/// </summary>
/// <param name="tar">The archive; it is left open.</param>
internal sealed class TarMembers(Stream tar) : IMemberReader
{
    /// <summary>More than any name, and than the map of any file that is worth one.</summary>
    private const int LargestHeader = 16 << 20;
    private const int SparseMapEntries = 21;
    private const int SparseContinues = 504;

    private readonly byte[] _block = new byte[TarHeader.Length];
    private readonly byte[] _skipped = new byte[1 << 16];
    private readonly PaxRecords _global = new();
    private TarContent? _content;
    private int _padding;

    public string? Oddity { get; private set; }

    public Member? Next()
    {
        PassOver();
        string? longName = null;
        string? longTarget = null;
        PaxRecords? pax = null;
        while (ReadHeader() is { } header)
        {
            switch (header.Type)
            {
                case TarHeader.GnuLongName:
                    longName = Text(ReadAll(header.Size));
                    break;
                case TarHeader.GnuLongTarget:
                    longTarget = Text(ReadAll(header.Size));
                    break;
                case TarHeader.Pax or TarHeader.SolarisPax:
                    (pax ??= new PaxRecords()).Add(ReadAll(header.Size));
                    break;
                case TarHeader.PaxGlobal:
                    _global.Add(ReadAll(header.Size));
                    break;
                case TarHeader.GnuVolumeLabel:
                    break;
                default:
                    return Open(header, longName, longTarget, pax);
            }
        }

        return longName is null && longTarget is null && pax is null
            ? null
            : throw new EndOfStreamException("the archive ends where a member belongs");
    }

    public Stream OpenContent() => _content ?? throw new InvalidOperationException("there is no member");

    public void Dispose() => _content?.Dispose();

    private Member Open(TarHeader header, string? longName, string? longTarget, PaxRecords? pax)
    {
        string? Pax(string key) => pax?[key] ?? _global[key];
        var size = Pax("size") is { Length: > 0 } large && header.Type != TarHeader.HardLink ? SparseMap.Number(large) : header.Size;
        var map = header.Sparse is { } old ? Continue(old, header.ContinuesSparseMap) : pax?.ReadSparseMap();
        var stored = size;
        if (pax?["GNU.sparse.major"] is "1" && pax["GNU.sparse.minor"] is "0")
        {
            map = ReadSparseMap(SparseMap.Number(pax["GNU.sparse.realsize"] ?? ""), ref stored);
        }

        _padding = Padding(size);
        _content = new TarContent(tar, stored, map);
        var name = pax?["GNU.sparse.name"] ?? Pax("path") ?? longName ?? header.Name;
        return new Member(name, KindOf(header.Type, name), _content.Length)
        {
            IsExecutable = header.IsExecutable,
            Target = Pax("linkpath") ?? longTarget ?? header.Target,
            Type = char.IsAsciiLetterOrDigit(header.Type) ? header.Type.ToString() : $"\\{(int)header.Type}",
        };
    }

    // BSD's tar wrote folders as files with a slash behind the name
    private static MemberKind KindOf(char type, string name) => type switch
    {
        TarHeader.Regular or TarHeader.OldRegular or TarHeader.Contiguous or TarHeader.GnuSparse =>
            name.EndsWith('/') ? MemberKind.Folder : MemberKind.File,
        TarHeader.Folder or TarHeader.GnuDumpFolder => MemberKind.Folder,
        TarHeader.SymbolicLink => MemberKind.SymbolicLink,
        TarHeader.HardLink => MemberKind.HardLink,
        _ => MemberKind.Other,
    };

    /// <summary>The next header; null at the end, which is a block of zeros, or the end of the stream as GNU tar takes it.</summary>
    private TarHeader? ReadHeader()
    {
        PassOver();
        var count = tar.ReadAtLeast(_block, TarHeader.Length, throwOnEndOfStream: false);
        if (count == 0)
        {
            Oddity = "has no mark at its end";
            return null;
        }

        if (count < TarHeader.Length)
        {
            throw new EndOfStreamException("the archive ends within a header");
        }

        if (_block.AsSpan().TrimEnd((byte)0).IsEmpty)
        {
            return null;
        }

        var header = TarHeader.Parse(_block);
        _content = new TarContent(tar, header.Sparse is null ? header.Size : 0, null);
        _padding = header.Sparse is null ? Padding(header.Size) : 0;
        return header;
    }

    private SparseMap Continue(SparseMap map, bool continues)
    {
        while (continues)
        {
            tar.ReadExactly(_block);
            continues = map.Add(_block, SparseMapEntries) && _block[SparseContinues] != 0;
        }

        return map;
    }

    /// <summary>The form 1.0: the content begins with the map, a line for each number, filled up to a block.</summary>
    private SparseMap ReadSparseMap(long length, ref long stored)
    {
        var map = new SparseMap { Length = length };
        long read = 0;
        var left = stored;
        string Line()
        {
            var line = new StringBuilder();
            while (true)
            {
                if (read % TarHeader.Length == 0)
                {
                    left -= left >= TarHeader.Length
                        ? TarHeader.Length
                        : throw new InvalidDataException("the map of a sparse file is damaged");
                    tar.ReadExactly(_block);
                }

                var letter = (char)_block[read++ % TarHeader.Length];
                if (letter == '\n' || line.Length > 20)
                {
                    return line.ToString();
                }

                line.Append(letter);
            }
        }

        for (var count = SparseMap.Number(Line()); count > 0; count--)
        {
            map.Add(Line(), Line());
        }

        stored = left;
        return map;
    }

    private byte[] ReadAll(long size)
    {
        if (size > LargestHeader)
        {
            throw new InvalidDataException($"a name or PAX header of {size} bytes");
        }

        var content = new byte[size];
        _content!.ReadExactly(content);
        return content;
    }

    private void PassOver()
    {
        for (var left = (_content?.Stored ?? 0) + _padding; left > 0;)
        {
            var count = tar.Read(_skipped, 0, (int)Math.Min(left, _skipped.Length));
            left -= count > 0 ? count : throw new EndOfStreamException("the archive ends within a file");
        }

        _content = null;
        _padding = 0;
    }

    private static int Padding(long size) => (int)(-size & (TarHeader.Length - 1));

    private static string Text(ReadOnlySpan<byte> name)
    {
        var end = name.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
    }
}
