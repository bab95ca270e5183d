using System.Globalization;

namespace KernelBuild.Patches.Mail;

/// <summary>A moment with its zone, as a commit records it: read from the forms that mails and git write.</summary>
/// <param name="Seconds">Since 1970-01-01 UTC.</param>
/// <param name="ZoneMinutes">East of Greenwich.</param>
public readonly record struct MailDate(long Seconds, int ZoneMinutes)
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>RFC 5322's obsolete zones and the usual abbreviations, in minutes.</summary>
    private static readonly Dictionary<string, int> Zones = new(StringComparer.OrdinalIgnoreCase)
    {
        ["UT"] = 0, ["UTC"] = 0, ["GMT"] = 0, ["Z"] = 0, ["WET"] = 0, ["BST"] = 60, ["CET"] = 60, ["MET"] = 60, ["CEST"] = 120,
        ["MEST"] = 120, ["EET"] = 120,
        ["EST"] = -300, ["EDT"] = -240, ["CST"] = -360, ["CDT"] = -300, ["MST"] = -420, ["MDT"] = -360, ["PST"] = -480, ["PDT"] = -420,
        ["JST"] = 540,
    };

    /// <summary>
    /// Reads "Mon, 1 Jun 2026 12:00:00 +0200" (RFC 5322), "2026-06-01 12:00:00 +0200" and "2026-06-01T12:00:00Z" (ISO 8601),
    /// "Mon Jun 1 12:00:00 2026 +0200" (git) and "@SECONDS ZONE". Without a zone it is UTC.
    /// </summary>
    public static bool TryParse(string text, out MailDate date)
    {
        date = default;
        var reading = new Reading();
        var comment = text.IndexOf('(', StringComparison.Ordinal);
        foreach (var word in Words(comment >= 0 ? text[..comment] : text))
        {
            if (!reading.Take(word))
            {
                return false;
            }
        }

        // "+0000 (+0100)": git believes the comment, which is where some mailers put the sender's zone
        foreach (var word in Words(comment >= 0 ? text[comment..] : "").Where(word => word[0] is '+' or '-'))
        {
            reading.Take(word);
        }

        if (reading.Finish() is not { } found)
        {
            return false;
        }

        date = found;
        return true;
    }

    /// <summary>As git writes it in a commit: "1780300800 +0200".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Seconds} {(ZoneMinutes < 0 ? '-' : '+')}{Math.Abs(ZoneMinutes) / 60:00}{Math.Abs(ZoneMinutes) % 60:00}");

    private static string[] Words(string text) => text.Split([' ', '\t', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries);

    private static bool TryNumber(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private sealed class Reading
    {
        private long? _seconds;
        private int? _year;
        private int? _month;
        private int? _day;
        private TimeSpan? _time;
        private int? _zone;

        public bool Take(string word)
        {
            if (word[0] == '@' || (word.Length >= 9 && word.All(char.IsAsciiDigit)))
            {
                var ok = long.TryParse(word.TrimStart('@'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                    && seconds < 1L << 37;
                _seconds = seconds;
                return ok;
            }

            if (word[0] is '+' or '-' && (_time is not null || _seconds is not null))
            {
                return TakeZone(word);
            }

            if (char.IsAsciiLetter(word[0]))
            {
                return TakeName(word);
            }

            var t = word.IndexOf('T', StringComparison.Ordinal);
            return word.Contains(':', StringComparison.Ordinal) && t < 0 ? TakeTime(word)
                : word.Contains('-', StringComparison.Ordinal) || t > 0 ? TakeIso(word)
                : TakeNumber(word);
        }

        public MailDate? Finish()
        {
            if (_seconds is { } seconds)
            {
                return new MailDate(seconds, _zone ?? 0);
            }

            if (_year is not { } year || _month is not { } month || _day is not { } day || _time is not { } time
                || year is < 1970 or > 2099 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            {
                return null;
            }

            var local = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc) + time;
            var utc = (long)(local - DateTime.UnixEpoch).TotalSeconds - ((_zone ?? 0) * 60);
            return utc < 0 ? null : new MailDate(utc, _zone ?? 0);
        }

        private bool TakeName(string word)
        {
            var month = word.Length >= 3 ? Array.FindIndex(Months, name => word.StartsWith(name, StringComparison.OrdinalIgnoreCase)) : -1;
            if (month >= 0)
            {
                _month = month + 1;
                return true;
            }

            if (Zones.TryGetValue(word, out var zone))
            {
                _zone ??= zone;
                return true;
            }

            // the name of a weekday says nothing that the date does not
            return word.Length >= 2
                && ((string[])["mon", "tue", "wed", "thu", "fri", "sat", "sun"]).Any(name => word.StartsWith(
                    name, StringComparison.OrdinalIgnoreCase));
        }

        private bool TakeZone(string word)
        {
            var digits = word[1..].Replace(":", "", StringComparison.Ordinal);
            if (digits.Length is not (2 or 4) || !TryNumber(digits, out var value))
            {
                return false;
            }

            value = digits.Length == 2 ? value * 100 : value;
            _zone = (word[0] == '-' ? -1 : 1) * ((value / 100 * 60) + (value % 100));
            return value % 100 < 60 && value <= 1400;
        }

        private bool TakeTime(string word)
        {
            var zone = word.IndexOfAny(['+', '-', 'Z']);
            var parts = (zone < 0 ? word : word[..zone]).Split('.')[0].Split(':');
            var second = 0;
            if (parts.Length is not (2 or 3) || !TryNumber(parts[0], out var hour) || !TryNumber(parts[1], out var minute)
                || (parts.Length == 3 && !TryNumber(parts[2], out second)) || hour > 24 || minute > 59 || second > 60)
            {
                return false;
            }

            _time = new TimeSpan(hour, minute, second);
            return zone < 0 || (word[zone] == 'Z' ? TakeName("Z") : TakeZone(word[zone..]));
        }

        private bool TakeIso(string word)
        {
            var t = word.IndexOf('T', StringComparison.Ordinal);
            var parts = (t < 0 ? word : word[..t]).Split('-');
            if (parts.Length != 3 || !TryNumber(parts[0], out var year) || !TryNumber(parts[1], out var month)
                || !TryNumber(parts[2], out var day))
            {
                return false;
            }

            (_year, _month, _day) = (year, month, day);
            return t < 0 || TakeTime(word[(t + 1)..]);
        }

        private bool TakeNumber(string word)
        {
            if (!TryNumber(word, out var value))
            {
                return false;
            }

            if (_day is null && word.Length <= 2)
            {
                _day = value;
            }
            else if (_year is null)
            {
                // RFC 5322, obsolete years: 50 to 99 are of the last century
                _year = word.Length >= 4 ? value : value + (value < 50 ? 2000 : 1900);
            }
            else
            {
                return false;
            }

            return true;
        }
    }
}
