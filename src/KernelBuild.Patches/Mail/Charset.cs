using System.Text;

namespace KernelBuild.Patches.Mail;

/// <summary>Turns bytes of a stated character set into text. What the statement does not fit is read as Latin-1, and said.</summary>
internal static class Charset
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="name">As a mail names it; empty for UTF-8 where the bytes are, and Latin-1 otherwise.</param>
    /// <param name="lies">The bytes are not in the stated set, or nobody knows that set.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string name, out bool lies)
    {
        lies = false;
        if (!bytes.ContainsAnyExceptInRange((byte)0, (byte)127) && !name.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        try
        {
            return Find(name).GetString(bytes);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            lies = name.Length > 0;
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static Encoding Find(string name) =>
        name.Length == 0 || name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || name.Equals("utf8", StringComparison.OrdinalIgnoreCase) || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
            ? Utf8
            : name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) || name.Equals("latin1", StringComparison.OrdinalIgnoreCase)
                ? Encoding.Latin1
                : CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                    ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}
