using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace KernelBuild.Patches.Mail;

/// <summary>
/// What MimeKit decodes of a mail: encoded words, parts, transfer encodings. A mail as git format-patch writes it has none of
/// them and does not come here: at 0.25 ms a mail that would be a sixth of the check of a series.
/// </summary>
internal static class Mime
{
    private static readonly ParserOptions Options = MakeOptions();

    /// <summary>Whether a body is not the text itself.</summary>
    public static bool IsEncoded(string contentType, string transferEncoding) =>
        transferEncoding.ToUpperInvariant() is not ("" or "7BIT" or "8BIT" or "BINARY")
        || contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
        || contentType.Contains("flowed", StringComparison.OrdinalIgnoreCase);

    /// <summary>The character set that a Content-Type field states; empty when it states none.</summary>
    public static string Charset(string contentType) =>
        contentType.Length > 0 && ContentType.TryParse(Options, Encoding.Latin1.GetBytes(contentType), out var type)
            ? type.Charset ?? ""
            : "";

    /// <summary>Decodes "=?charset?q?text?=" in a header field (RFC 2047).</summary>
    /// <param name="raw">A byte for each character.</param>
    /// <param name="charset">For a field that has no encoded word: that of the mail, empty when it states none.</param>
    public static string DecodeField(string raw, string charset)
    {
        var bytes = Encoding.Latin1.GetBytes(raw);
        return raw.Contains("=?", StringComparison.Ordinal)
            ? MailHeader.Trim(Rfc2047.DecodeText(Options, bytes))
            : Mail.Charset.Decode(bytes, charset, out _);
    }

    /// <summary>Joins the decoded parts of a body: message and attached patch become one text.</summary>
    public static MailBody Decode(string contentType, string transferEncoding, ReadOnlySpan<byte> body)
    {
        // only the two fields that matter: what else a header holds may be damaged
        var fields =
            $"Content-Type: {(contentType.Length > 0 ? contentType : "text/plain")}\nContent-Transfer-Encoding: {transferEncoding}\n\n";
        using var stream = new MemoryStream([.. Encoding.Latin1.GetBytes(fields), .. body], writable: false);
        using var entity = MimeEntity.Load(Options, stream);
        using var text = new MemoryStream();
        var charsets = new List<(int End, string Name)>();
        Append(entity, entity is Multipart, text, charsets);
        return new MailBody(text.ToArray(), [.. charsets]);
    }

    private static void Append(MimeEntity entity, bool isPart, MemoryStream text, List<(int End, string Name)> charsets)
    {
        switch (entity)
        {
            case Multipart parts:
                foreach (var part in parts)
                {
                    Append(part, isPart, text, charsets);
                }

                return;
            case MessagePart { Message: { } message }:
                message.WriteTo(text);
                break;
            case MimePart { Content: { } content }:
                var start = (int)text.Length;
                content.DecodeTo(text);
                if (IsFlowed(entity.ContentType))
                {
                    var unflowed = FlowedText.Join(
                        text.GetBuffer().AsSpan(start, (int)text.Length - start), Has(entity.ContentType, "delsp", "yes"));
                    text.SetLength(start);
                    text.Write(unflowed);
                }

                break;
        }

        if (isPart)
        {
            // the line break before a boundary is the boundary's to MimeKit and the part's to git; without it two lines would flow together
            text.WriteByte((byte)'\n');
        }

        charsets.Add(((int)text.Length, entity.ContentType.Charset ?? ""));
    }

    private static bool IsFlowed(ContentType type) => Has(type, "format", "flowed");

    private static bool Has(ContentType type, string parameter, string value) =>
        string.Equals(type.Parameters[parameter], value, StringComparison.OrdinalIgnoreCase);

    private static ParserOptions MakeOptions()
    {
        // before any other type of MimeKit: it looks once which character sets there are, and reads the others as Latin-1 without a word
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return new ParserOptions { CharsetEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true) };
    }
}
