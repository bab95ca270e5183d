using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using ICSharpCode.SharpZipLib.Zip;

namespace KernelBuild.Archives;

/// <summary>
/// The bytes of a zip member's name on Linux: Info-ZIP's Unicode field where it fits the name; UTF-8 where bit 11 says so; what a DOS or
/// Windows program wrote, from code page 437 to UTF-8; everything else as it stands. APPNOTE.TXT 4.4.4, 4.6.9, D.
/// </summary>
internal static class ZipName
{
    private const int UnicodePathField = 0x7075;
    private const int UnicodePathHeader = 5;
    private const int Dos = 0;
    private const int Hpfs = 6;
    private const int Ntfs = 10;
    private const int Vfat = 14;

    private static readonly Encoding _codePage437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    /// <param name="entry">Its name is its bytes as Latin-1 text.</param>
    public static string Of(ZipEntry entry)
    {
        var raw = Encoding.Latin1.GetBytes(entry.Name);
        if (UnicodePath(entry.ExtraData, raw) is { } unicode)
        {
            return unicode;
        }

        var isDos = entry.HostSystem is Dos or Hpfs or Ntfs or Vfat;
        var name = entry.IsUnicodeText || !isDos ? entry.Name : Bytes(_codePage437.GetString(raw));
        return isDos && !name.Contains('/', StringComparison.Ordinal) ? name.Replace('\\', '/') : name;
    }

    private static string? UnicodePath(byte[]? extra, byte[] raw)
    {
        for (var left = extra.AsSpan(); left.Length >= 4;)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(left[2..]);
            if (length > left.Length - 4)
            {
                return null;
            }

            var field = left.Slice(4, length);
            if (BinaryPrimitives.ReadUInt16LittleEndian(left) == UnicodePathField && length > UnicodePathHeader && field[0] == 1
                && BinaryPrimitives.ReadUInt32LittleEndian(field[1..]) == Crc32.HashToUInt32(raw))
            {
                return Encoding.Latin1.GetString(field[UnicodePathHeader..]);
            }

            left = left[(4 + length)..];
        }

        return null;
    }

    private static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
