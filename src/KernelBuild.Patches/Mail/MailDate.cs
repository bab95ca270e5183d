using System.Globalization;

namespace KernelBuild.Patches.Mail;

/// <summary>A moment with its zone, as a commit records it: read from every form that git reads in a mail.</summary>
/// <param name="Seconds">Since 1970-01-01 UTC.</param>
/// <param name="ZoneMinutes">East of Greenwich.</param>
public readonly record struct MailDate(long Seconds, int ZoneMinutes)
{
    /// <summary>
    /// Reads "Mon, 1 Jun 2026 12:00:00 +0200" (RFC 5322), "2026-06-01 12:00:00 +0200", "20260601T120000Z" (ISO 8601), "06/01/2026 2:00 PM",
    /// "01.06.2026 14:00", "Mon Jun 1 12:00:00 2026 +0200" (git) and "@SECONDS ZONE". Words that mean nothing in a date are passed over, such
    /// as "[thread overview]" of an archive's page. Without a zone it is UTC. Unlike git, whether a date lies in the future does not decide
    /// between month and day: a build gives the same commit tomorrow.
    /// </summary>
    public static bool TryParse(string text, out MailDate date)
    {
        var found = new MailDateReading(text).Read();
        date = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>As git writes it in a commit: "1780300800 +0200".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Seconds} {(ZoneMinutes < 0 ? '-' : '+')}{Math.Abs(ZoneMinutes) / 60:00}{Math.Abs(ZoneMinutes) % 60:00}");
}
