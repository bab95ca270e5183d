using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Fetch;

/// <summary>git's own lines of progress, as progress of ours: with the rate, and how long it will still take.</summary>
/// <remarks>Source: git's progress.c, display() and throughput_string().</remarks>
internal sealed partial class GitProgress(string name, Action<string, double?> report)
{
    private readonly TransferRate _rate = new(TimeProvider.System);
    private long _bytes;

    /// <summary>Bytes received so far, as git rounds them; 0 before and after the transfer itself.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public static bool Is(string line) => Line().IsMatch(line);

    public void Read(string line)
    {
        if (Line().Match(line) is not { Success: true } match || !match.Groups["percent"].Success)
        {
            return;
        }

        var fraction = int.Parse(match.Groups["percent"].ValueSpan, CultureInfo.InvariantCulture) / 100.0;
        if (!match.Groups["size"].Success)
        {
            Interlocked.Exchange(ref _bytes, 0);
            report($"{name}: {match.Groups["what"].Value.ToLowerInvariant()}", fraction);
            return;
        }

        var size = double.Parse(match.Groups["size"].ValueSpan, CultureInfo.InvariantCulture);
        var bytes = (long)(size * Math.Pow(1024, " KMG".IndexOf(match.Groups["unit"].Value is [var first, 'i', ..] ? first : ' ', StringComparison.Ordinal)));
        Interlocked.Exchange(ref _bytes, bytes);
        report($"{name}: {_rate.Describe(bytes, fraction > 0 ? (long)(bytes / fraction) : null, isEstimate: true)}", fraction);
    }

    [GeneratedRegex(
        @"^(remote: )?(?<what>[A-Z][a-z]+( [a-z]+)*): +((?<percent>\d+)% \(\d+/\d+\)|\d+)"
        + @"(, (?<size>[\d.]+) (?<unit>bytes|[KMG]iB)( \|[^,]*)?)?(, .*)?\s*(\x1b\[K)?$|^remote: Total \d+ ")]
    private static partial Regex Line();
}
