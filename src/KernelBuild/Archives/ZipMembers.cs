using System.Text;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.Zip;
using KernelBuild.Diagnostics;

namespace KernelBuild.Archives;

/// <summary>
/// Reads a zip archive by its central directory. SharpZipLib, because it gives the bytes of names, the system that a member was made on
/// and the extra fields, which System.IO.Compression keeps to itself.
/// </summary>
internal sealed class ZipMembers : IMemberReader
{
    private const int Unix = 3;
    private const int MacOS = 19;
    private const int TypeMask = 0xf000;
    private const int FolderType = 0x4000;
    private const int FileType = 0x8000;
    private const int LinkType = 0xa000;
    private const int OwnerExecutes = 0x40;
    private const int DosFolder = 0x10;

    private readonly ZipFile _zip;
    private long _next;
    private Stream? _content;

    /// <param name="file">Seekable; it is left open.</param>
    /// <exception cref="InvalidDataException">The central directory is damaged, or not there.</exception>
    public ZipMembers(Stream file)
    {
        try
        {
            _zip = new ZipFile(file, leaveOpen: true, StringCodec.FromEncoding(Encoding.Latin1).WithForcedLegacyEncoding());
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public string? Oddity => null;

    /// <exception cref="DiagnosticException">KB1005 for an encrypted member, or one in a compression that is not read.</exception>
    public Member? Next()
    {
        _content?.Dispose();
        _content = null;
        if (_next >= _zip.Count)
        {
            return null;
        }

        var entry = _zip[(int)_next++];
        var name = ZipName.Of(entry);
        var mode = entry.HostSystem is Unix or MacOS || ((entry.ExternalFileAttributes >> 16) & TypeMask) != 0
            ? (entry.ExternalFileAttributes >> 16) & 0xffff
            : 0;
        var kind = name.EndsWith('/') || (mode == 0 && (entry.ExternalFileAttributes & DosFolder) != 0) ? MemberKind.Folder
            : (mode & TypeMask) switch
            {
                0 or FileType => MemberKind.File,
                FolderType => MemberKind.Folder,
                LinkType => MemberKind.SymbolicLink,
                _ => MemberKind.Other,
            };
        return new Member(name, kind, kind == MemberKind.Folder ? 0 : Math.Max(0, entry.Size))
        {
            IsExecutable = (mode & OwnerExecutes) != 0,
            Type = $"mode {Convert.ToString(mode, 8)}",
        };
    }

    /// <exception cref="DiagnosticException">KB1005 for an encrypted member, or one in a compression that is not read.</exception>
    public Stream OpenContent()
    {
        var entry = _zip[(int)_next - 1];
        if (entry.IsCrypted)
        {
            throw Unreadable(entry, "is encrypted", "ask the archive's maker for one without a password, or unpack it and use path:");
        }

        try
        {
            return _content = new ZipContent(_zip.GetInputStream(entry), entry);
        }
        catch (Exception e) when (e is NotSupportedException || !entry.CanDecompress)
        {
            throw Unreadable(
                entry, $"is compressed with the method {(int)entry.CompressionMethod}",
                "unpack it with unzip or 7z and use path:, or pack it again with zip");
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    public void Dispose()
    {
        _content?.Dispose();
        _zip.Close();
    }

    private static bool IsDamage(Exception e) =>
        e is SharpZipBaseException or EndOfStreamException or IndexOutOfRangeException or ArgumentException or OverflowException
        or FormatException;

    private static DiagnosticException Unreadable(ZipEntry entry, string why, string fix) => new(Diagnostic.Error(
        DiagnosticCodes.ArchiveUnreadable, $"the entry '{Host.Files.RawFolder.Text(ZipName.Of(entry))}' {why}", fix));
}
