using System.Text;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mail;

/// <summary>
/// Patches as Mercurial ("hg export") and StGit ("stg export") write them, put into the form of a mail with as many lines, so that numbers of
/// lines stay those of the file. Source: builtin/am.c of git, hg_patch_to_mail and stgit_patch_to_mail.
/// </summary>
internal static class ExportedForm
{
    private static ReadOnlySpan<byte> Mercurial => "# HG changeset patch"u8;

    /// <summary>The text itself where it has neither form.</summary>
    public static ReadOnlyMemory<byte> ToMail(ReadOnlyMemory<byte> text)
    {
        var lines = new TextLines(text, 1);
        return lines.Current.StartsWith(Mercurial) ? OfMercurial(lines) : IsStGit(lines) ? OfStGit(lines) : text;
    }

    private static ReadOnlyMemory<byte> OfMercurial(TextLines lines)
    {
        using var mail = new MemoryStream();
        lines.Advance();
        while (lines.Current.StartsWith("# "u8))
        {
            var text = Encoding.Latin1.GetString(lines.Current[2..].TrimEnd("\r\n"u8));
            Write(mail, text.StartsWith("User ", StringComparison.Ordinal) ? $"From: {text[5..]}"
                : text.StartsWith("Date ", StringComparison.Ordinal) ? $"Date: {DateOf(text[5..])}"
                : $"X-Mercurial: {text}");
            lines.Advance();
        }

        Write(mail, $"Subject: {Encoding.Latin1.GetString(lines.Current.TrimEnd("\r\n"u8))}");
        lines.Advance();
        Write(mail, "");
        mail.Write(lines.Text.Span[lines.Position..]);
        return mail.ToArray();
    }

    /// <summary>"1780308000 -7200": seconds since 1970, and seconds west of Greenwich.</summary>
    private static string DateOf(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var seconds, var west] && long.TryParse(seconds, out var moment)
            && int.TryParse(west, out var zone)
            ? "@" + new MailDate(moment, -zone / 60)
            : text;

    /// <summary>A line, a blank one, and a field: a mail begins with its fields.</summary>
    private static bool IsStGit(TextLines lines)
    {
        var first = lines.Current;
        if (first.Trim(" \t\r\n"u8).IsEmpty || MailHeader.IsField(first.TrimEnd(" \t\r\n"u8)) || first.StartsWith("diff "u8)
            || !lines.Next.Trim(" \t\r\n"u8).IsEmpty)
        {
            return false;
        }

        var third = lines.AfterNext;
        return third.StartsWith("From:"u8) || third.StartsWith("Author:"u8) || third.StartsWith("Date:"u8);
    }

    private static ReadOnlyMemory<byte> OfStGit(TextLines lines)
    {
        using var mail = new MemoryStream();
        Write(mail, $"Subject: {Encoding.Latin1.GetString(lines.Current.TrimEnd("\r\n"u8))}");
        lines.Advance();
        var blanks = 0;
        for (; lines.Left > 0; lines.Advance())
        {
            var text = Encoding.Latin1.GetString(lines.Current.TrimEnd(" \t\r\n"u8));
            if (text.Length == 0)
            {
                blanks++;
            }
            else if (text.StartsWith("Author:", StringComparison.Ordinal))
            {
                Write(mail, "From:" + text["Author:".Length..]);
            }
            else if (text.StartsWith("From:", StringComparison.Ordinal) || text.StartsWith("Date:", StringComparison.Ordinal))
            {
                Write(mail, text);
            }
            else
            {
                break;
            }
        }

        for (; blanks > 0; blanks--)
        {
            Write(mail, "");
        }

        mail.Write(lines.Text.Span[lines.Position..]);
        return mail.ToArray();
    }

    private static void Write(MemoryStream mail, string line) => mail.Write(Encoding.Latin1.GetBytes(line + "\n"));
}
