using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Mail;

/// <summary>Takes the newest series out of a thread, and gives each patch the trailers of its replies.</summary>
internal sealed partial class ThreadReading
{
    private readonly ThreadMail[] _mails;
    private readonly Dictionary<string, ThreadMail> _byId = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> _notes = [];

    public ThreadReading(ThreadMail[] mails)
    {
        _mails = mails;
        foreach (var mail in mails.Where(mail => mail.Mail.Id.Length > 0))
        {
            _byId[mail.Mail.Id] = mail;
        }
    }

    public MailThread Read()
    {
        var chosen = Choose();
        NoteLeftOut(chosen);
        RequireWhole(chosen);
        var trailers = Trailers(chosen);
        return new MailThread(
            _mails.Length,
            [.. chosen.Select(mail => WithTrailers(mail, trailers.GetValueOrDefault(mail) ?? []))],
            [.. _notes]);
    }

    /// <summary>Numbered patches of the newest version in their order, each once, behind them what has no number and is in no series.</summary>
    private ThreadMail[] Choose()
    {
        var patches = _mails.Where(mail => mail.IsPatch).ToArray();
        var newest = patches.Where(mail => !patches.Any(other => Replaces(other, mail))).ToArray();
        // a mail that answers one of a series proposes something on top of it: not part of what was sent
        var loose = newest.Where(mail => mail.Part is null && !newest.Any(other => other != mail && Ancestors(mail).Contains(other))).ToArray();
        return
        [
            .. ThreadSeries.Of(newest.Where(mail => mail.Part is not null)).SelectMany(series => series.Patches),
            .. loose,
        ];
    }

    /// <summary>Whether a mail is of a newer version of the same series: as long, of the same subject, or in one thread.</summary>
    private bool Replaces(ThreadMail newer, ThreadMail older) => newer.Version > older.Version
        && ((newer.Total > 0 && newer.Total == older.Total) || newer.Mail.Subject == older.Mail.Subject
            || Ancestors(newer).Append(newer).Intersect(Ancestors(older).Append(older)).Any());

    /// <summary>The mails of the file that a mail answers, the nearest first.</summary>
    private IEnumerable<ThreadMail> Ancestors(ThreadMail mail)
    {
        var seen = new HashSet<ThreadMail> { mail };
        var waiting = new Queue<ThreadMail>([mail]);
        while (waiting.TryDequeue(out var one))
        {
            foreach (var id in one.Mail.Answers)
            {
                if (_byId.TryGetValue(id, out var above) && seen.Add(above))
                {
                    yield return above;
                    waiting.Enqueue(above);
                }
            }
        }
    }

    private void NoteLeftOut(ThreadMail[] chosen)
    {
        var left = _mails.Except(chosen).ToArray();
        (string Kind, ThreadMail[] Mails)[] kinds =
        [
            ("cover letter", [.. left.Where(mail => mail.Part == 0 && !mail.IsReply)]),
            ("reply with a diff", [.. left.Where(mail => mail.IsReply && HasDiff(mail))]),
            ("reply", [.. left.Where(mail => mail.IsReply && !HasDiff(mail))]),
            ("patch of an older version, sent twice or in answer to the series", [.. left.Where(mail => mail.IsPatch)]),
            ("other mail without a patch", [.. left.Where(mail => !mail.IsReply && !mail.IsPatch && mail.Part != 0)]),
        ];
        var parts = kinds.Where(kind => kind.Mails.Length > 0).Select(kind => $"{kind.Kind} {MailThread.Show(kind.Mails)}").ToArray();
        if (parts.Length > 0)
        {
            _notes.Add(Diagnostic.Note(DiagnosticCodes.PatchThread, $"of the thread, these mails are left out: {string.Join("; ", parts)}"));
        }
    }

    private static bool HasDiff(ThreadMail mail) => mail.Mail.Diff.Span.IndexOf("\n+++ "u8) >= 0;

    private void RequireWhole(ThreadMail[] chosen)
    {
        foreach (var series in ThreadSeries.Of(chosen.Where(mail => mail.Part is not null)))
        {
            var missing = series.Missing.ToArray();
            if (missing.Length > 0)
            {
                _notes.Add(Diagnostic.Error(
                    DiagnosticCodes.PatchThread,
                    $"the thread lacks {Counted.Names([.. missing.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part}/{series.Total}"))], 6)} "
                    + $"of version {series.Version.ToString(CultureInfo.InvariantCulture)}",
                    "take the whole thread from the archive: b4 mbox MESSAGE-ID, or the page's 'mbox.gz'"));
            }
        }
    }

    private Dictionary<ThreadMail, List<string>> Trailers(ThreadMail[] chosen)
    {
        var given = new Dictionary<ThreadMail, List<string>>();
        var foreign = new List<string>();
        foreach (var reply in _mails.Where(mail => mail.IsReply))
        {
            ThreadMail[] targets = Ancestors(reply).FirstOrDefault(mail => mail.Part == 0 || chosen.Contains(mail)) switch
            {
                null => [],
                { Part: 0 } cover => [.. chosen.Where(mail => mail.Version == cover.Version && mail.Total == cover.Total && Ancestors(mail).Contains(cover))],
                var patch => [patch],
            };
            foreach (var (line, email) in Lines(reply.Mail.Body))
            {
                // who signs off a reply has taken the patch into a tree of theirs
                if (line.StartsWith("Signed-off-by:", StringComparison.OrdinalIgnoreCase)
                    || !string.Equals(email, reply.Mail.AuthorEmail, StringComparison.OrdinalIgnoreCase))
                {
                    foreign.Add(line);
                    continue;
                }

                foreach (var target in targets)
                {
                    given.TryAdd(target, []);
                    given[target].Add(line);
                }
            }
        }

        if (foreign.Count > 0)
        {
            _notes.Add(Diagnostic.Warning(
                DiagnosticCodes.PatchThread, $"trailers that somebody else sent, and signatures of replies, are left out: {Counted.Names([.. foreign.Distinct()], 4)}",
                "write them into the patch where they are right"));
        }

        return given;
    }

    /// <summary>Trailers of persons, not those quoted, and not those below a signature.</summary>
    private static IEnumerable<(string Line, string Email)> Lines(string body)
    {
        foreach (var line in body.Split('\n').Select(line => line.TrimEnd(' ', '\t', '\r')))
        {
            if (line == "--")
            {
                yield break;
            }

            if (Trailer().Match(line) is { Success: true } match)
            {
                yield return (line, match.Groups[1].Value);
            }
        }
    }

    private ThreadPatch WithTrailers(ThreadMail mail, List<string> given)
    {
        var lines = mail.Mail.Message.TrimEnd('\n').Split('\n');
        ImmutableArray<string> added = [.. given.Distinct(StringComparer.OrdinalIgnoreCase).Except(lines, StringComparer.OrdinalIgnoreCase)];
        if (added.IsEmpty)
        {
            return new ThreadPatch(mail.Number, mail.Mail, []);
        }

        _notes.Add(Diagnostic.Note(
            DiagnosticCodes.PatchThread, string.Create(CultureInfo.InvariantCulture, $"mail #{mail.Number} is given from its replies: {string.Join("; ", added)}")));
        var separator = AnyTrailer().IsMatch(lines[^1]) && lines.Length > 1 ? "\n" : "\n\n";
        return new ThreadPatch(
            mail.Number, mail.Mail with { Message = string.Join('\n', lines) + separator + string.Join('\n', added) + "\n" }, added);
    }

    [GeneratedRegex(@"^[A-Z][A-Za-z-]*-by: .*<([^<>@ ]+@[^<>@ ]+)>")]
    private static partial Regex Trailer();

    [GeneratedRegex("^[A-Za-z][A-Za-z-]+: [^ ]")]
    private static partial Regex AnyTrailer();
}
