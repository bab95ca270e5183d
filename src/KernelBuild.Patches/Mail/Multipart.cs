using System.Text;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mail;

/// <summary>Joins the decoded parts of a mail in several parts (RFC 2046): message and attached patch become one text.</summary>
internal static class Multipart
{
    private const int DeepestNesting = 5;

    /// <param name="type">Gets the character set of the first part that states one.</param>
    public static TextLines Join(TextLines lines, string boundary, ref ContentType type)
    {
        var first = lines.Number;
        using var joined = new MemoryStream();
        var charset = type.Charset;
        Append(lines, boundary, joined, ref charset, 0);
        type = type with { Charset = charset };
        return new TextLines(joined.ToArray(), first);
    }

    private static void Append(TextLines lines, string boundary, MemoryStream joined, ref string charset, int depth)
    {
        var mark = Encoding.Latin1.GetBytes("--" + boundary);
        while (lines.Left > 0 && !lines.Current.StartsWith(mark))
        {
            lines.Advance();
        }

        while (lines.Left > 0 && !lines.Current[mark.Length..].StartsWith("--"u8))
        {
            lines.Advance();
            var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            MailHeader.Read(lines, (name, value) => fields[name] = value);
            if (lines.Current.Trim("\r\n"u8).IsEmpty)
            {
                lines.Advance();
            }

            var type = ContentType.Parse(fields.GetValueOrDefault("Content-Type", ""));
            var start = lines.Position;
            while (lines.Left > 0 && !lines.Current.StartsWith(mark))
            {
                lines.Advance();
            }

            var part = lines.Text[start..lines.Position];
            if (type.Boundary is { } inner && depth < DeepestNesting)
            {
                Append(new TextLines(part, 1), inner, joined, ref charset, depth + 1);
                continue;
            }

            charset = charset.Length == 0 ? type.Charset : charset;
            var encoding = fields.GetValueOrDefault("Content-Transfer-Encoding", "");
            joined.Write(TransferEncoding.IsEncoded(encoding) ? TransferEncoding.Decode(part.Span, encoding) : part.Span);
        }
    }
}
