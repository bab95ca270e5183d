using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Patches.Mail;

/// <summary>What the subject of a mail says of its place in a series.</summary>
internal sealed partial class ThreadMail
{
    /// <param name="number">Of the mail in its file, counted from 1.</param>
    public ThreadMail(int number, MailMessage mail)
    {
        (Number, Mail) = (number, mail);
        IsReply = Reply().IsMatch(mail.SentSubject);
        var brackets = string.Join(' ', Brackets().Matches(mail.SentSubject).Select(match => match.Value));
        Version = VersionPart().Match(brackets) is { Success: true } version ? int.Parse(version.Groups[1].Value, CultureInfo.InvariantCulture) : 1;
        if (PartOfSeries().Match(brackets) is { Success: true } part)
        {
            Part = int.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture);
            Total = int.Parse(part.Groups[2].Value, CultureInfo.InvariantCulture);
        }

        var diff = mail.Diff.Span;
        IsPatch = !IsReply && Part != 0 && (diff.IndexOf("diff --git "u8) >= 0 || diff.IndexOf("\n+++ "u8) >= 0);
    }

    public int Number { get; }

    public MailMessage Mail { get; }

    public bool IsReply { get; }

    public bool IsPatch { get; }

    /// <summary>"v2" of "[PATCH v2 1/3]"; 1 where it is not said.</summary>
    public int Version { get; }

    /// <summary>1 of "[PATCH v2 1/3]", 0 of a cover letter; null where it is not said.</summary>
    public int? Part { get; }

    /// <summary>3 of "[PATCH v2 1/3]"; 0 where it is not said.</summary>
    public int Total { get; }

    [GeneratedRegex(@"^\s*(re|aw|sv|fwd|fw)\s*:", RegexOptions.IgnoreCase)]
    private static partial Regex Reply();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\b[vV](\d{1,4})\b")]
    private static partial Regex VersionPart();

    [GeneratedRegex(@"\b(\d{1,4})/(\d{1,4})\b")]
    private static partial Regex PartOfSeries();
}
