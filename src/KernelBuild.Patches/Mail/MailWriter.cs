using System.Text;

namespace KernelBuild.Patches.Mail;

/// <summary>Writes a patch that was read as a mail that git am reads: UTF-8, not encoded.</summary>
internal static class MailWriter
{
    public static byte[] Write(MailMessage mail)
    {
        var body = mail.Message.StartsWith(mail.Subject, StringComparison.Ordinal) ? mail.Message[mail.Subject.Length..].TrimStart('\n') : mail.Message;
        var text = new StringBuilder()
            .Append("From: ").Append(mail.AuthorName).Append(" <").Append(mail.AuthorEmail).Append(">\n")
            .Append("Date: ").Append(mail.Date).Append('\n')
            .Append("Subject: [PATCH] ").Append(mail.Subject).Append('\n')
            .Append(mail.Id.Length > 0 ? $"Message-ID: <{mail.Id}>\n" : "")
            .Append("MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n")
            // a message that begins like a field would be taken for one; the author in the body ends the fields
            .Append(MailReader.BeginsLikeField(body) ? $"From: {mail.AuthorName} <{mail.AuthorEmail}>\n\n" : "")
            .Append(body);
        // a mail with CR LF throughout stays one: its reader decides by the header
        var hasReturns = !mail.DiffWithReturns.IsEmpty;
        var diff = hasReturns ? mail.DiffWithReturns : mail.Diff;
        if (!diff.Span.StartsWith("---"u8) || diff.Span.StartsWith("--- "u8))
        {
            text.Append("---\n");
        }

        return [.. Encoding.UTF8.GetBytes(hasReturns ? text.Replace("\n", "\r\n").ToString() : text.ToString()), .. diff.Span];
    }
}
