using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Mail;

/// <summary>
/// The patches of a mailbox. A thread as a list's archive gives it has more: a cover letter, replies, what robots propose, older versions, and
/// its mails lie in the order in which they came. Of such a one the patches of the newest version are taken, in their order, with the trailers
/// that replies give them, as b4 does. Other mailboxes stay as they are.
/// </summary>
/// <param name="Count">Mails in the file.</param>
/// <param name="Patches">With the number of the mail in the file, counted from 1.</param>
/// <param name="Notes">What was left out, and what was added; an error when a patch of the series is missing.</param>
internal sealed record MailThread(int Count, ImmutableArray<ThreadPatch> Patches, ImmutableArray<Diagnostic> Notes)
{
    public static MailThread Of(IReadOnlyList<MailMessage> mails)
    {
        // the usual file, which is not to be searched for what threads have
        if (mails is [var only])
        {
            return new MailThread(1, [new ThreadPatch(1, only, [])], []);
        }

        var all = mails.Select((mail, at) => new ThreadMail(at + 1, mail)).ToArray();
        return IsThread(all)
            ? new ThreadReading(all).Read()
            : new MailThread(all.Length, [.. all.Select(one => new ThreadPatch(one.Number, one.Mail, []))], []);
    }

    private static bool IsThread(ThreadMail[] mails)
    {
        var numbered = mails.Where(mail => mail.Part is not null).Select(mail => (mail.Version, Part: mail.Part!.Value)).ToArray();
        return Array.Exists(mails, mail => mail.IsPatch)
            && (Array.Exists(mails, mail => !mail.IsPatch) || !numbered.SequenceEqual(numbered.Order()) || numbered.Distinct().Count() < numbered.Length
                || numbered.Select(one => one.Version).Distinct().Count() > 1);
    }

    /// <summary>How one mail is numbered in messages.</summary>
    internal static string Show(IEnumerable<ThreadMail> mails) =>
        Counted.Names([.. mails.Select(mail => string.Create(CultureInfo.InvariantCulture, $"#{mail.Number}"))], 6);
}
