using System.Buffers;
using System.Text;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mail;

/// <summary>
/// Reads patches in mail form as git am does (git mailinfo): header fields, fields inside the body, the message up to the
/// patch. A file without any header is a patch too, with an empty author.
/// </summary>
public static class MailReader
{
    private static readonly SearchValues<byte> _lowerHex = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>The mails of a file: several of a mailbox, one otherwise.</summary>
    public static IReadOnlyList<MailMessage> Read(ReadOnlyMemory<byte> file) =>
        [.. Mbox.Split(file).Select(part => ReadOne(part.Mail, part.Number))];

    /// <summary>Whether a file begins as a mail or a mailbox does, and not with a diff.</summary>
    public static bool HasHeader(ReadOnlyMemory<byte> file) =>
        new TextLines(file, 1) is var lines && lines.Left > 0 && MailHeader.IsField(lines.Current.TrimEnd(" \t\r\n"u8)) && !lines.Current.StartsWith("Index:"u8);

    private static MailMessage ReadOne(ReadOnlyMemory<byte> mail, int number)
    {
        var lines = AtFirstLetter(ExportedForm.ToMail(mail), number);
        var asSent = lines.Text;
        lines = new TextLines(WithoutTransportBreaks(asSent), lines.Number);
        var first = lines.Number;
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        MailHeader.Read(lines, (name, value) => fields[name] = value);
        var type = fields.GetValueOrDefault("Content-Type", "");
        var encoding = fields.GetValueOrDefault("Content-Transfer-Encoding", "");
        var text = lines.Text[lines.Position..];
        var isEncoded = Mime.IsEncoded(type, encoding);
        var decoded = isEncoded
            ? Mime.Decode(type, encoding, text.Span)
            : new MailBody(text, [(text.Length, Mime.Charset(type))]);
        var body = new TextLines(decoded.Text, lines.Number);

        var message = new StringBuilder();
        var inBody = ReadInBodyFields(body);
        var misencoded = 0;
        while (body.Left > 0 && !StartsPatch(body.Current))
        {
            message.Append(Charset.Decode(body.Current, decoded.CharsetAt(body.Position), out var lies));
            misencoded = lies && misencoded == 0 ? body.Number : misencoded;
            body.Advance();
        }

        string Field(string name) =>
            Mime.DecodeField(inBody.GetValueOrDefault(name) ?? fields.GetValueOrDefault(name, ""), decoded.Charset);

        var (author, email) = MailAddress.Parse(Either(Field("From"), Field("Author")));
        var subject = MailSubject.Clean(Either(Field("Subject"), Field("Description")));
        return new MailMessage
        {
            AuthorName = author,
            AuthorEmail = email,
            Date = MailHeader.CollapseBlanks(Field("Date")),
            Subject = subject,
            Message = StripSpace(subject + "\n\n" + message),
            Diff = body.Text[body.Position..],
            DiffWithReturns = isEncoded || asSent.Length == lines.Text.Length ? default : FromLine(asSent, body.Number - first),
            DiffNumber = body.Number,
            Number = number,
            SentSubject = MailHeader.CollapseBlanks(Field("Subject")),
            Id = Ids(fields.GetValueOrDefault("Message-ID", "")).FirstOrDefault(""),
            Answers = [.. Ids(fields.GetValueOrDefault("In-Reply-To", "")).Concat(Ids(fields.GetValueOrDefault("References", "")).Reverse()).Distinct()],
            Body = message.ToString(),
            IsFlowed = type.Contains("flowed", StringComparison.OrdinalIgnoreCase),
            MisencodedLine = misencoded,
        };
    }

    /// <summary>Git passes over all blanks before a mail, those of the first line too.</summary>
    private static TextLines AtFirstLetter(ReadOnlyMemory<byte> mail, int number)
    {
        var lines = new TextLines(mail, number);
        while (lines.Left > 0 && lines.Current.Trim(" \t\r\n"u8).IsEmpty)
        {
            lines.Advance();
        }

        return new TextLines(mail[(mail.Length - mail.Span[lines.Position..].TrimStart(" \t"u8).Length)..], lines.Number);
    }

    /// <summary>"&lt;ID&gt;", any number of them.</summary>
    private static IEnumerable<string> Ids(string field) =>
        field.Split('<').Skip(1).Select(part => part.Split('>')[0].Trim()).Where(id => id.Length > 0);

    private static ReadOnlyMemory<byte> FromLine(ReadOnlyMemory<byte> text, int count)
    {
        var lines = new TextLines(text, 1);
        for (; count > 0; count--)
        {
            lines.Advance();
        }

        return text[lines.Position..];
    }

    private static string Either(string first, string second) => first.Length > 0 ? first : second;

    /// <summary>
    /// A mail that came with the line breaks of the wire, its header too, has CR LF in every line; a patch of a file with CR LF has not.
    /// </summary>
    private static ReadOnlyMemory<byte> WithoutTransportBreaks(ReadOnlyMemory<byte> mail)
    {
        var first = mail.Span.IndexOf((byte)'\n');
        if (first < 1 || mail.Span[first - 1] != '\r' || !mail.Span[..first].Contains((byte)':'))
        {
            return mail;
        }

        var text = new byte[mail.Length];
        var length = 0;
        for (var at = 0; at < mail.Length; at++)
        {
            if (mail.Span[at] != '\r' || at + 1 >= mail.Length || mail.Span[at + 1] != '\n')
            {
                text[length++] = mail.Span[at];
            }
        }

        return text.AsMemory(0, length);
    }

    /// <summary>
    /// "From:", "Subject:" and "Date:" at the start of the body speak of the author where the mail's own speak of the sender.
    /// </summary>
    private static Dictionary<string, string> ReadInBodyFields(TextLines body)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string? last = null;
        while (body.Left > 0)
        {
            var line = body.Current;
            var text = MailHeader.Raw(line);
            if (line is [(byte)'\n'])
            {
                if (last is not null)
                {
                    // the blank line after the fields is theirs
                    body.Advance();
                    break;
                }
            }
            else if (line[0] is (byte)' ' or (byte)'\t' && last is not null)
            {
                fields[last] += " " + text.TrimStart(' ', '\t');
            }
            else if (text.StartsWith("[PATCH]", StringComparison.Ordinal) && line.Length > 7 && char.IsWhiteSpace((char)line[7]))
            {
                fields["Subject"] = text;
                last = null;
            }
            else if (InBodyName(text) is { } name && !fields.ContainsKey(name))
            {
                // of two fields with one name the second is text
                fields[name] = MailHeader.Trim(text[(name.Length + 1)..]);
                last = name;
            }
            else if (IsSeparator(line))
            {
                last = null;
            }
            else
            {
                break;
            }

            body.Advance();
        }

        return fields;
    }

    /// <summary>The first line of a file by git format-patch, ">" before it. Source: mailinfo.c, is_format_patch_separator.</summary>
    private static bool IsSeparator(ReadOnlySpan<byte> line) =>
        line.StartsWith(">From "u8) && line.EndsWith(" Mon Sep 17 00:00:00 2001\n"u8) && line.Length == 6 + 40 + 26
        && line.Slice(6, 40).IndexOfAnyExcept(_lowerHex) < 0;

    /// <summary>Whether the first line of a message would be read as a field about the author.</summary>
    internal static bool BeginsLikeField(string message) =>
        InBodyName(message) is not null || message.StartsWith("[PATCH]", StringComparison.Ordinal) || message.StartsWith(">From ", StringComparison.Ordinal);

    private static string? InBodyName(string line) =>
        ((string[])["From", "Subject", "Date"]).FirstOrDefault(name =>
            line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Where the message ends: at "---" alone, or at the first line of a diff.</summary>
    private static bool StartsPatch(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("diff -"u8) || line.StartsWith("Index: "u8))
        {
            return true;
        }

        if (line.Length < 4 || !line.StartsWith("---"u8))
        {
            return false;
        }

        return line[3..].Trim(" \t\r\n\v\f"u8).IsEmpty ? line[^1] == '\n' : line[3] == ' ' && !char.IsWhiteSpace((char)line[4]);
    }

    /// <summary>As git stripspace does, which is what git am makes of a message: no trailing blanks, no two empty lines.</summary>
    private static string StripSpace(string text)
    {
        var lines = new List<string>();
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd(' ', '\t', '\r', '\n', '\v', '\f')))
        {
            if (line.Length > 0 || lines is [.., { Length: > 0 }])
            {
                lines.Add(line);
            }
        }

        var joined = string.Join('\n', lines).TrimEnd('\n');
        return joined.Length == 0 ? "" : joined + "\n";
    }
}
