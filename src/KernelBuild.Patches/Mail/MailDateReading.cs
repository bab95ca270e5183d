using System.Globalization;

namespace KernelBuild.Patches.Mail;

/// <summary>
/// Takes a date apart from left to right, by the rules of git (date.c: parse_date_basic): a number is what its length, its neighbours and what
/// is known already leave; a name is a month, a weekday, a zone or nothing.
/// </summary>
internal sealed class MailDateReading(string text)
{
    private const long FirstTimestamp = 100_000_000;

    private int _at;
    private bool _isUtc;
    private int? _year;
    private int? _month;
    private int? _day;
    private int? _hour;
    private int? _minute;
    private int? _second;
    private int? _zone;

    /// <returns>Null when no date and time come of it, or none that a commit can have.</returns>
    public MailDate? Read()
    {
        if (text.StartsWith('@') && IsDigit(1) && ReadTimestamp() is { } moment)
        {
            return moment;
        }

        _at = 0;
        _zone = null;
        while (_at < text.Length && text[_at] != '\n')
        {
            var letter = text[_at];
            if (char.IsAsciiLetter(letter))
            {
                TakeName();
            }
            else if (char.IsAsciiDigit(letter))
            {
                TakeNumber();
            }
            else if (letter is '+' or '-' && IsDigit(_at + 1))
            {
                TakeZone();
            }
            else
            {
                _at++;
            }
        }

        return Finish();
    }

    private bool IsDigit(int at) => at < text.Length && char.IsAsciiDigit(text[at]);

    /// <summary>"@1780300800 +0200", the form of git's own objects.</summary>
    private MailDate? ReadTimestamp()
    {
        _at = 1;
        var (seconds, _) = Number();
        if (_at + 1 < text.Length && text[_at] == ' ' && text[_at + 1] is '+' or '-')
        {
            _at++;
            TakeZone();
        }

        return seconds < 1L << 37 && _at == text.Length ? new MailDate(seconds, _zone ?? 0) : null;
    }

    private MailDate? Finish()
    {
        if (_year is not (>= 1970 and <= 2099) || _month is not { } month || _day is not { } day || _hour is not { } hour || _minute is not { } minute
            || _second is not { } second)
        {
            return null;
        }

        // the 31st of a month of 30 days is the 1st of the next, to git, too
        var first = new DateTime(_year.Value, month, 1, 0, 0, 0, DateTimeKind.Utc);
        var local = (long)(first - DateTime.UnixEpoch).TotalSeconds + ((day - 1) * 86_400L) + (hour * 3600L) + (minute * 60L) + second;
        var utc = _isUtc ? local : local - ((_zone ?? 0) * 60L);
        return utc < 0 ? null : new MailDate(utc, _zone ?? 0);
    }

    private void TakeName()
    {
        if (Match(MailDateNames.Months, out var length) is >= 0 and var month)
        {
            (_month, _at) = (month + 1, _at + length);
        }
        else if (Match(MailDateNames.Weekdays, out length) >= 0)
        {
            _at += length;
        }
        else if (ZoneHere(out length) is { } hours)
        {
            _zone ??= hours * 60;
            _at += length;
        }
        else if (Common("PM") == 2 || Common("AM") == 2)
        {
            _hour = ((_hour ?? 0) % 12) + (text[_at] is 'p' or 'P' ? 12 : 0);
            _at += 2;
        }
        else if (text[_at] == 'T' && IsDigit(_at + 1) && _hour is null)
        {
            (_minute, _second) = (0, 0);
            _at++;
        }
        else
        {
            while (_at < text.Length && char.IsAsciiLetter(text[_at]))
            {
                _at++;
            }
        }
    }

    private int Match(string[] names, out int length)
    {
        length = 0;
        for (var name = 0; name < names.Length; name++)
        {
            length = Common(names[name]);
            if (length >= 3)
            {
                return name;
            }
        }

        return -1;
    }

    private int? ZoneHere(out int length)
    {
        length = 0;
        foreach (var (name, hours) in MailDateNames.Zones)
        {
            length = Common(name);
            if (length >= 3 || length == name.Length)
            {
                return hours;
            }
        }

        return null;
    }

    /// <summary>Letters that the word here has in common with a name; 0 when the word goes on differently.</summary>
    private int Common(string name)
    {
        var length = 0;
        for (; _at + length < text.Length; length++)
        {
            var letter = text[_at + length];
            if (length < name.Length && char.ToUpperInvariant(letter) == char.ToUpperInvariant(name[length]))
            {
                continue;
            }

            return char.IsAsciiLetterOrDigit(letter) ? 0 : length;
        }

        return length;
    }

    private void TakeNumber()
    {
        var start = _at;
        var (value, digits) = Number();
        if (value >= FirstTimestamp && _year is null && _month is null && _day is null && _hour is null && _minute is null && _second is null)
        {
            // seconds since 1970; a zone that is said as well is where the sender was
            if (value < 1L << 37)
            {
                var moment = DateTime.UnixEpoch.AddSeconds(value);
                (_year, _month, _day, _hour, _minute, _second) = (moment.Year, moment.Month, moment.Day, moment.Hour, moment.Minute, moment.Second);
                _isUtc = true;
            }

            return;
        }

        if (_at < text.Length && text[_at] is ':' or '.' or '/' or '-' && IsDigit(_at + 1))
        {
            var end = _at;
            if (TakeNumbers(value, text[_at]))
            {
                return;
            }

            _at = end;
        }

        _at = start + digits;
        TakeSingle((int)Math.Min(value, int.MaxValue), digits);
    }

    /// <summary>"12:30[:15]", "2026-06-01", "06/01/2026", "01.06.2026".</summary>
    private bool TakeNumbers(long first, char separator)
    {
        _at++;
        var (second, _) = Number();
        long third = -1;
        if (_at < text.Length && text[_at] == separator && IsDigit(_at + 1))
        {
            _at++;
            (third, _) = Number();
        }

        if (separator == ':')
        {
            if (!SetTime(first, second, Math.Max(third, 0)))
            {
                return false;
            }

            if (_at < text.Length && text[_at] == '.' && IsDigit(_at + 1) && _year is not null && _month is not null && _day is not null)
            {
                // a fraction of a second
                _at++;
                Number();
            }

            return true;
        }

        return (first > 70 && (SetDate(first, second, third) || SetDate(first, third, second)))
            || (separator != '.' && SetDate(third, first, second))
            || SetDate(third, second, first)
            || (separator == '.' && SetDate(third, first, second));
    }

    private void TakeSingle(int value, int digits)
    {
        if (digits == 8)
        {
            SetDate(value / 10_000, value / 100 % 100, value % 100);
        }
        else if (digits == 6)
        {
            if (SetTime(value / 10_000, value / 100 % 100, value % 100) && _at < text.Length && text[_at] == '.' && IsDigit(_at + 1))
            {
                _at++;
                Number();
            }
        }
        else if (_hour is null && (_minute, _second) is (0, 0) && TakeShortTime(value, digits))
        {
            return;
        }
        else if (digits == 4)
        {
            if (value <= 1400 && _zone is null)
            {
                _zone = (value / 100 * 60) + (value % 100);
            }
            else if (value is > 1900 and < 2100)
            {
                _year = value;
            }
        }
        else if (digits <= 2)
        {
            TakeDayYearOrMonth(value, digits);
        }
    }

    /// <summary>After ISO 8601's T: HHMM or HH.</summary>
    private bool TakeShortTime(int value, int digits)
    {
        if (digits is 4 or 2 && SetTime(digits == 4 ? value / 100 : value, digits == 4 ? value % 100 : 0, 0))
        {
            return true;
        }

        (_minute, _second) = (null, null);
        return false;
    }

    private void TakeDayYearOrMonth(int value, int digits)
    {
        if (value is > 0 and < 32 && _day is null)
        {
            _day = value;
        }
        else if (digits == 2 && _year is null && value < 10 && _day is not null)
        {
            _year = value + 2000;
        }
        else if (digits == 2 && _year is null && value >= 70)
        {
            _year = value + 1900;
        }
        else if (value is > 0 and < 13 && _month is null)
        {
            _month = value;
        }
    }

    private void TakeZone()
    {
        var isWest = text[_at++] == '-';
        var (hours, digits) = Number();
        long minutes = 0;
        if (digits == 4)
        {
            (hours, minutes) = (hours / 100, hours % 100);
        }
        else if (digits == 2 && _at < text.Length && text[_at] == ':')
        {
            _at++;
            var (after, length) = IsDigit(_at) ? Number() : (0, 0);
            minutes = length == 2 ? after : 99;
        }
        else if (digits != 2)
        {
            minutes = 99;
        }

        if (minutes < 60 && hours < 24)
        {
            _zone = (int)((hours * 60) + minutes) * (isWest ? -1 : 1);
        }
    }

    private bool SetTime(long hour, long minute, long second)
    {
        var isTime = hour <= 24 && minute < 60 && second <= 60;
        if (isTime)
        {
            (_hour, _minute, _second) = ((int)hour, (int)minute, (int)second);
        }

        return isTime;
    }

    private bool SetDate(long year, long month, long day)
    {
        var full = year is >= 1970 and < 2100 ? year : year is > 70 and < 100 ? year + 1900 : year is >= 0 and < 38 ? year + 2000 : 0;
        var isDate = month is > 0 and < 13 && day is > 0 and < 32 && full > 0;
        if (isDate)
        {
            (_year, _month, _day) = ((int)full, (int)month, (int)day);
        }

        return isDate;
    }

    private (long Value, int Digits) Number()
    {
        var start = _at;
        while (IsDigit(_at))
        {
            _at++;
        }

        return (long.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : long.MaxValue, _at - start);
    }
}
