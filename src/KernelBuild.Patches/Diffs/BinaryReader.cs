using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace KernelBuild.Patches.Diffs;

/// <summary>
/// Reads a "GIT binary patch": a literal or a delta, deflated, in base 85, each line led by a letter that counts its bytes; then
/// the same for the way back, which is passed over.
/// </summary>
internal static class BinaryReader
{
    /// <summary>More than any firmware in a kernel tree; a patch that claims more lies.</summary>
    private const int LargestContent = 512 << 20;

    public static ReadOnlySpan<byte> Mark => "GIT binary patch\n"u8;

    public static BinaryHunk Read(TextLines lines)
    {
        lines.Advance();
        var forward = ReadOne(lines)
            ?? throw Malformed.At(lines.Number, "'literal SIZE' or 'delta SIZE' was expected after 'GIT binary patch'");
        ReadOne(lines);
        return forward;
    }

    private static BinaryHunk? ReadOne(TextLines lines)
    {
        var number = lines.Number;
        var line = lines.Current;
        var isDelta = line.StartsWith("delta "u8);
        if (!isDelta && !line.StartsWith("literal "u8))
        {
            return null;
        }

        var digits = Encoding.Latin1.GetString(line[(isDelta ? 6 : 8)..]).TrimEnd('\n', '\r');
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size > LargestContent)
        {
            throw Malformed.At(number, $"'{digits}' is no size of a binary patch");
        }

        lines.Advance();
        using var deflated = new MemoryStream();
        while (true)
        {
            line = lines.Current;
            if (line.IsEmpty)
            {
                throw Malformed.At(lines.Number, "the patch ends inside binary data");
            }

            if (line.Length == 1)
            {
                lines.Advance();
                break;
            }

            DecodeLine(line, lines.Number, deflated);
            lines.Advance();
        }

        return new BinaryHunk(isDelta, Inflate(deflated, size, number), number);
    }

    private static void DecodeLine(ReadOnlySpan<byte> line, int number, MemoryStream into)
    {
        // "A" is 1 byte, "Z" 26, "a" 27, "z" 52; five letters for four bytes, the last group filled up
        var length = line[0] switch
        {
            >= (byte)'A' and <= (byte)'Z' => line[0] - 'A' + 1,
            >= (byte)'a' and <= (byte)'z' => line[0] - 'a' + 27,
            _ => 0,
        };
        var text = line[1..].TrimEnd("\r\n"u8);
        if (length == 0 || text.Length != (length + 3) / 4 * 5 || !Base85.TryDecode(text, length, into))
        {
            throw Malformed.At(number, "this line of binary data is damaged");
        }
    }

    private static byte[] Inflate(MemoryStream deflated, int size, int number)
    {
        deflated.Position = 0;
        try
        {
            using var inflate = new ZLibStream(deflated, CompressionMode.Decompress);
            using var content = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (int read; (read = inflate.Read(buffer)) > 0;)
            {
                content.Write(buffer, 0, read);
                if (content.Length > size)
                {
                    break;
                }
            }

            return content.Length == size
                ? content.ToArray()
                : throw Malformed.At(number, "the binary data does not have the size that its header states");
        }
        catch (InvalidDataException)
        {
            throw Malformed.At(number, "the binary data cannot be inflated");
        }
    }
}
