using System.Text;

namespace KernelBuild.Archives;

/// <summary>
/// A header block of a tar archive. Fields: POSIX.1-2017, pax, "ustar Interchange Format"; GNU's: tar's manual, "Basic Tar Format".
/// </summary>
internal sealed class TarHeader
{
    public const int Length = 512;

    public const char Regular = '0';
    public const char OldRegular = '\0';
    public const char HardLink = '1';
    public const char SymbolicLink = '2';
    public const char Folder = '5';
    public const char Contiguous = '7';
    public const char GnuDumpFolder = 'D';
    public const char GnuLongTarget = 'K';
    public const char GnuLongName = 'L';
    public const char GnuSparse = 'S';
    public const char GnuVolumeLabel = 'V';
    public const char PaxGlobal = 'g';
    public const char Pax = 'x';
    public const char SolarisPax = 'X';

    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;
    private const int OwnerExecutes = 0x40;
    private const int SparseMapEntries = 4;

    private TarHeader(ReadOnlySpan<byte> block)
    {
        Type = (char)block[156];
        var name = Text(block[..100]);
        // GNU's magic is "ustar  ", and has other fields in the place of the prefix
        var prefix = block.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(block.Slice(345, 155)) : "";
        Name = prefix.Length > 0 ? prefix + "/" + name : name;
        Target = Text(block.Slice(157, 100));
        IsExecutable = TarNumber.TryRead(block.Slice(100, 8), out var mode) && (mode & OwnerExecutes) != 0;
        // links have no content, whatever the field says, as GNU tar reads it
        Size = Type == HardLink ? 0 : TarNumber.Read(block.Slice(124, 12));
        if (Type == GnuSparse)
        {
            Sparse = new SparseMap { Length = TarNumber.Read(block.Slice(483, 12)) };
            ContinuesSparseMap = Sparse.Add(block.Slice(386), SparseMapEntries) && block[482] != 0;
        }
    }

    public char Type { get; }

    public string Name { get; }

    public string Target { get; }

    public bool IsExecutable { get; }

    public long Size { get; }

    /// <summary>Of a member in GNU's old sparse form: the first pieces.</summary>
    public SparseMap? Sparse { get; }

    /// <summary>Whether blocks with more pieces follow the header.</summary>
    public bool ContinuesSparseMap { get; }

    /// <summary>Whether a block is a header: its checksum says so, in either of the two ways that programs have summed it up.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        if (block.Length < Length || block[..Length].TrimEnd((byte)0).IsEmpty
            || !TarNumber.TryRead(block.Slice(ChecksumOffset, ChecksumLength), out var wanted))
        {
            return false;
        }

        long unsigned = 0;
        long signed = 0;
        for (var at = 0; at < Length; at++)
        {
            var value = at is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? (byte)' ' : block[at];
            unsigned += value;
            signed += (sbyte)value;
        }

        return wanted == unsigned || wanted == signed;
    }

    /// <exception cref="InvalidDataException">It is no header, or its size is no number.</exception>
    public static TarHeader Parse(ReadOnlySpan<byte> block) => IsHeader(block)
        ? new TarHeader(block)
        : throw new InvalidDataException("a block that is no header stands where a header belongs");

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }
}
