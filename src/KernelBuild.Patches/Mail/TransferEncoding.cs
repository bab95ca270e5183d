namespace KernelBuild.Patches.Mail;

/// <summary>Decodes quoted-printable and base64 (RFC 2045), leniently: what cannot be decoded stands as it is or is left out.</summary>
internal static class TransferEncoding
{
    public static bool IsEncoded(string encoding) =>
        encoding.Equals("base64", StringComparison.OrdinalIgnoreCase) || encoding.Equals("quoted-printable", StringComparison.OrdinalIgnoreCase);

    public static byte[] Decode(ReadOnlySpan<byte> text, string encoding) =>
        encoding.Equals("base64", StringComparison.OrdinalIgnoreCase) ? DecodeBase64(text) : DecodeQuoted(text, inHeader: false);

    /// <param name="inHeader">'_' is a blank there (RFC 2047).</param>
    public static byte[] DecodeQuoted(ReadOnlySpan<byte> text, bool inHeader)
    {
        var result = new List<byte>(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var letter = text[at];
            if (letter == '_' && inHeader)
            {
                result.Add((byte)' ');
            }
            else if (letter != '=')
            {
                result.Add(letter);
            }
            else if (SoftBreak(text[(at + 1)..]) is var skip and > 0)
            {
                at += skip;
            }
            else if (at + 2 < text.Length && Hex(text[at + 1]) is var high and >= 0 && Hex(text[at + 2]) is var low and >= 0)
            {
                result.Add((byte)((high << 4) | low));
                at += 2;
            }
            else
            {
                result.Add(letter);
            }
        }

        return [.. result];
    }

    public static byte[] DecodeBase64(ReadOnlySpan<byte> text)
    {
        var result = new List<byte>(text.Length * 3 / 4);
        var (bits, count) = (0, 0);
        foreach (var letter in text)
        {
            var value = letter switch
            {
                >= (byte)'A' and <= (byte)'Z' => letter - 'A',
                >= (byte)'a' and <= (byte)'z' => letter - 'a' + 26,
                >= (byte)'0' and <= (byte)'9' => letter - '0' + 52,
                (byte)'+' => 62,
                (byte)'/' => 63,
                _ => -1,
            };
            if (value < 0)
            {
                continue;
            }

            bits = ((bits << 6) | value) & 0xffffff;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                result.Add((byte)(bits >> count));
            }
        }

        return [.. result];
    }

    /// <summary>Length of a line break behind '=', blanks before it included; 0 when there is none.</summary>
    private static int SoftBreak(ReadOnlySpan<byte> rest)
    {
        var blanks = 0;
        while (blanks < rest.Length && rest[blanks] is (byte)' ' or (byte)'\t' or (byte)'\r')
        {
            blanks++;
        }

        return blanks < rest.Length && rest[blanks] == '\n' ? blanks + 1 : 0;
    }

    private static int Hex(byte letter) => char.IsAsciiHexDigit((char)letter) ? Convert.ToInt32(((char)letter).ToString(), 16) : -1;
}
