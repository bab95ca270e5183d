using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Archives;

/// <summary>How an archive is read, by its first bytes.</summary>
/// <param name="Decompressor">Of a compressed tar: the program that gives the tar; null for none.</param>
/// <param name="IsZip">A zip archive rather than a tar.</param>
internal sealed record ArchiveForm(Command? Decompressor, bool IsZip)
{
    /// <summary>Bytes that tell all forms and misunderstandings apart: an ISO image says what it is behind 32 KiB.</summary>
    public const int HeadLength = 33 << 10;

    private const string Unpack = "unpack it, and use path: or pack the kernel tree again with tar";

    // xz reads three formats, and tells them apart itself
    private static readonly (CompressionFormat Format, string Program)[] _programs =
    [
        (CompressionFormat.Gzip, "gzip"), (CompressionFormat.Xz, "xz"), (CompressionFormat.Lzma, "xz"), (CompressionFormat.Bzip2, "bzip2"),
        (CompressionFormat.Zstd, "zstd"), (CompressionFormat.Lz4Frame, "lz4"), (CompressionFormat.Lz4Legacy, "lz4"),
        (CompressionFormat.Lzop, "lzop"),
    ];

    private static readonly (int Offset, byte[] Magic, string What, string Fix)[] _others =
    [
        (0, "Rar!"u8.ToArray(), "a RAR archive", Unpack),
        (0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7-Zip archive", Unpack),
        (0, "PK\u0007\u0008"u8.ToArray(), "the first part of a split zip archive", "join the parts first: zip -s 0 FIRST --out WHOLE.zip"),
        (0, [0x1f, 0x9d], "a file of the program compress (.Z)", "compress it again: gzip -dc FILE | xz > FILE.xz"),
        (0, "!<arch>\ndebian-binary"u8.ToArray(), "a Debian package", "use debian:PACKAGE, or take the archive out of it: dpkg-deb -x"),
        (0, "070701"u8.ToArray(), "a cpio archive", Unpack),
        (0, "diff --git"u8.ToArray(), "a patch", "a patch belongs into a PatchSeries; give the kernel tree that it is for"),
        (0, "From "u8.ToArray(), "a mail", "a patch belongs into a PatchSeries; give the kernel tree that it is for"),
        (0, "# v2 git bundle"u8.ToArray(), "a git bundle", "git clone FILE, and use git:FOLDER#COMMIT"),
        (32769, "CD001"u8.ToArray(), "an ISO image", Unpack),
    ];

    /// <exception cref="DiagnosticException">KB1005 when the bytes are of no archive that is read.</exception>
    /// <param name="head">The first <see cref="HeadLength"/> bytes, fewer of a shorter file.</param>
    /// <param name="name">Of the file, for messages.</param>
    public static ArchiveForm Of(ReadOnlySpan<byte> head, string name)
    {
        if (PartNumber(name))
        {
            throw Refusal(name, "one part of a split archive", "join the parts first: cat NAME.001 NAME.002 … > NAME");
        }

        if (head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8))
        {
            return new ArchiveForm(null, true);
        }

        if (TarHeader.IsHeader(head))
        {
            return new ArchiveForm(null, false);
        }

        foreach (var (offset, magic, what, fix) in _others)
        {
            if (head.Length >= offset + magic.Length && head[offset..].StartsWith(magic))
            {
                throw Refusal(name, what, fix);
            }
        }

        if (IsWebPage(head))
        {
            throw Refusal(
                name, "a web page",
                "the address gives a page instead of the archive: open it in a browser, and take the address of the file");
        }

        // lzip's magic is not among those of boot images' formats; the others' are
        var format = CompressionFormats.Recognize(head);
        return head.StartsWith("LZIP\u0001"u8) ? new ArchiveForm(new Command("xz").WithArguments("-dc"), false)
            : Array.Find(_programs, one => one.Format == format) is { Program: { } program }
            ? new ArchiveForm(new Command(program).WithArguments(program == "xz" ? ["-dc", "-T0"] : ["-dc"]), false)
            : throw Refusal(
                name, head.TrimEnd((byte)0).IsEmpty && !head.IsEmpty ? "a file of zeros" : FileKind.Describe(head),
                "give the archive of the kernel tree itself");
    }

    /// <summary>Whether a member's name is one of an archive that is read.</summary>
    public static bool IsArchiveName(string name)
    {
        string[] endings =
        [
            ".tar", ".tgz", ".txz", ".tbz", ".tbz2", ".tzst", ".tlz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tar.lz4", ".tar.lzma",
            ".tar.lz", ".tar.lzo", ".zip",
        ];
        return Array.Exists(endings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }

    private static DiagnosticException Refusal(string name, string what, string fix) => new(Diagnostic.Error(
        DiagnosticCodes.ArchiveUnreadable,
        $"the file is {what}, no tar or zip archive "
        + "(a tar may be compressed with gzip, xz, bzip2, zstd, lz4, lzip, lzma or lzop)", fix) with
    { File = name });

    private static bool PartNumber(string name)
    {
        var ending = Path.GetExtension(name);
        return ending.Length == 4 && ending[1] == '0' && ending[2..].All(char.IsAsciiDigit);
    }

    private static bool IsWebPage(ReadOnlySpan<byte> head)
    {
        var text = System.Text.Encoding.Latin1.GetString(head[..Math.Min(head.Length, 1024)])
            .TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase);
    }
}
