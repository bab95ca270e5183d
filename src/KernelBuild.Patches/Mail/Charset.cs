using System.Text;

namespace KernelBuild.Patches.Mail;

/// <summary>Turns bytes of a stated character set into text. What the statement does not fit is read as UTF-8 or Latin-1, and said.</summary>
internal static class Charset
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="name">As a mail names it; empty for UTF-8 where the bytes are, and Latin-1 otherwise.</param>
    /// <param name="lies">The bytes are not in the stated set, or nobody knows that set.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string name, out bool lies)
    {
        lies = false;
        if (!bytes.ContainsAnyExceptInRange((byte)0, (byte)127) && !name.StartsWith("iso-2022", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase))
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
            return DecodeUnstated(bytes);
        }
    }

    /// <summary>
    /// What the statement does not fit: valid UTF-8 is UTF-8, for other text hardly ever happens to be it. git send-email asks for a set, and
    /// people answer "n".
    /// </summary>
    private static string DecodeUnstated(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);

    private static Encoding Find(string name) =>
        name.ToUpperInvariant() is "" or "UTF-8" or "UTF8" or "US-ASCII"
            ? Utf8
            : CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}
