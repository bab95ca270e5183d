using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Patches.Diffs;

/// <summary>The time stamps that diff writes behind a file's name.</summary>
internal static partial class TimeStamp
{
    /// <summary>Where the blanks before a trailing "2026-11-22 10:00:00.000000000 +0000" begin; -1 when there is none.</summary>
    public static int StartIn(ReadOnlySpan<byte> name)
    {
        if (name.Length < "1970-01-01 00:00:00".Length || !name.Contains((byte)':'))
        {
            return -1;
        }

        var match = AtTheEnd().Match(Encoding.Latin1.GetString(name));
        return match.Success ? match.Index : -1;
    }

    /// <summary>Whether the stamp is 1970-01-01 00:00:00 UTC, in any zone.</summary>
    public static bool IsEpoch(ReadOnlySpan<byte> stamp)
    {
        var match = Whole().Match(Encoding.Latin1.GetString(stamp));
        if (!match.Success)
        {
            return false;
        }

        var zone = int.Parse(match.Groups["zone"].Value.Replace(":", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        var minutes = (zone / 100 * 60) + (zone % 100);
        var hour = int.Parse(match.Groups["hour"].Value, CultureInfo.InvariantCulture);
        var minute = int.Parse(match.Groups["minute"].Value, CultureInfo.InvariantCulture);
        var day = match.Groups["date"].Value == "1970-01-01" ? 0 : -24 * 60;
        return day + (hour * 60) + minute == minutes;
    }

    [GeneratedRegex(@"[ \t]+\d{2,4}-\d{2}-\d{2}[ \t]+\d{2}:\d{2}:\d{2}(\.\d+)?([ \t]+[-+]\d{2}:?\d{2})?\s*$")]
    private static partial Regex AtTheEnd();

    [GeneratedRegex(@"^(?<date>1970-01-01|1969-12-31)[ ](?<hour>[0-2]\d):(?<minute>[0-5]\d):00(\.0+)?[ ](?<zone>[-+]\d{2}:?\d{2})$")]
    private static partial Regex Whole();
}
