using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Patches.Mail;

/// <summary>Decodes "=?charset?q?text?=" in header fields (RFC 2047).</summary>
internal static partial class EncodedWords
{
    /// <param name="raw">A byte for each character.</param>
    /// <param name="charset">For what is not encoded: that of the mail, empty when it states none.</param>
    public static string Decode(string raw, string charset)
    {
        if (!raw.Contains("=?", StringComparison.Ordinal))
        {
            return Charset.Decode(Encoding.Latin1.GetBytes(raw), charset, out _);
        }

        var text = new StringBuilder();
        var at = 0;
        foreach (Match word in Word().Matches(raw))
        {
            var between = raw[at..word.Index];
            // blanks between two encoded words only fold the line
            if (at == 0 || !string.IsNullOrWhiteSpace(between))
            {
                text.Append(Charset.Decode(Encoding.Latin1.GetBytes(between), charset, out _));
            }

            var bytes = word.Groups["encoding"].Value is "q" or "Q"
                ? TransferEncoding.DecodeQuoted(Encoding.Latin1.GetBytes(word.Groups["text"].Value), inHeader: true)
                : TransferEncoding.DecodeBase64(Encoding.Latin1.GetBytes(word.Groups["text"].Value));
            text.Append(Charset.Decode(bytes, word.Groups["charset"].Value, out _));
            at = word.Index + word.Length;
        }

        return text.Append(Charset.Decode(Encoding.Latin1.GetBytes(raw[at..]), charset, out _)).ToString();
    }

    [GeneratedRegex(@"=\?(?<charset>[^?*\s]+)(\*[^?\s]*)?\?(?<encoding>[bBqQ])\?(?<text>[^?]*)\?=")]
    private static partial Regex Word();
}
