namespace KernelBuild.Patches.Mail;

/// <summary>Numbered patches that were sent together.</summary>
internal sealed class ThreadSeries
{
    private readonly List<ThreadMail> _mails = [];

    private ThreadSeries(ThreadMail first) => (Version, Total) = (first.Version, first.Total);

    public int Version { get; }

    public int Total { get; }

    /// <summary>In their order; of one that was sent twice the later.</summary>
    public IEnumerable<ThreadMail> Patches => _mails.GroupBy(mail => mail.Part!.Value).OrderBy(part => part.Key).Select(part => part.Last());

    /// <summary>Numbers of patches that are not there.</summary>
    public IEnumerable<int> Missing => Enumerable.Range(1, Total).Except(_mails.Select(mail => mail.Part!.Value));

    /// <summary>
    /// Mails of one version and length belong together when they are of one thread, as their ids say. Mails without ids, as git format-patch
    /// writes them, go to the first series that lacks their number: two series one after the other stay two.
    /// </summary>
    /// <param name="mails">With a number each, in the order of the file.</param>
    public static IReadOnlyList<ThreadSeries> Of(IEnumerable<ThreadMail> mails)
    {
        var all = new List<ThreadSeries>();
        foreach (var mail in mails)
        {
            var alike = all.FindAll(series => series.Version == mail.Version && series.Total == mail.Total);
            var series = alike.Find(series => series._mails.Exists(other => IsOfOneThread(other, mail)))
                ?? alike.Find(series => !series._mails.Exists(other => other.Part == mail.Part || (HasThread(other) && HasThread(mail))));
            if (series is null)
            {
                series = new ThreadSeries(mail);
                all.Add(series);
            }

            series._mails.Add(mail);
        }

        return all;
    }

    private static bool HasThread(ThreadMail mail) => !mail.Mail.Answers.IsEmpty;

    private static bool IsOfOneThread(ThreadMail one, ThreadMail other) => Ids(one).Intersect(Ids(other)).Any();

    private static IEnumerable<string> Ids(ThreadMail mail) => mail.Mail.Id.Length > 0 ? mail.Mail.Answers.Append(mail.Mail.Id) : mail.Mail.Answers;
}
