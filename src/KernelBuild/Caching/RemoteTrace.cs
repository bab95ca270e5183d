using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Caching;

/// <summary>What one call of ccache did with its remote, out of its log.</summary>
/// <param name="Spent">Connecting, reading and writing together.</param>
/// <param name="Reads">Entries that it got or was told to be absent.</param>
/// <param name="Hits">Of those, the ones it got.</param>
/// <param name="Writes">Entries that the remote took.</param>
/// <param name="Compiling">What the compiler took; zero when it was not called.</param>
/// <param name="Failure">What failed, as ccache says it; null when nothing did.</param>
internal sealed partial record RemoteTrace(TimeSpan Spent, int Reads, int Hits, int Writes, TimeSpan Compiling, string? Failure)
{
    /// <summary>
    /// Reads a log of ccache, lines of "[time process] text". The time before a line about the remote was spent on the remote.
    /// Source: ccache 4.7, src/storage/Storage.cpp and src/storage/remote/*.cpp, the texts that they log.
    /// </summary>
    public static RemoteTrace Read(IEnumerable<string> lines)
    {
        var (spent, reads, hits, writes) = (TimeSpan.Zero, 0, 0, 0);
        string? failure = null;
        var (compiling, isCompiling) = (TimeSpan.Zero, false);
        DateTime? before = null;
        foreach (var match in lines.Select(line => Line().Match(line)).Where(match => match.Success))
        {
            var time = DateTime.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            var text = match.Groups[2].Value;
            if (Remote().IsMatch(text) && before is { } last)
            {
                spent += time - last;
            }

            if (isCompiling && before is { } started)
            {
                compiling += time - started;
            }

            before = time;
            isCompiling = text.StartsWith("Executing ", StringComparison.Ordinal);
            hits += Hit().IsMatch(text) ? 1 : 0;
            reads += Hit().IsMatch(text) || Absent().IsMatch(text) ? 1 : 0;
            writes += Stored().IsMatch(text) ? 1 : 0;
            if (Failed().Match(text) is { Success: true } failed)
            {
                // the first says why, the last only that it did
                failure ??= failed.Groups[1].Value;
            }
        }

        return new RemoteTrace(spent, reads, hits, writes, compiling, failure);
    }

    [GeneratedRegex(@"^\[(\S+) +\d+ *\] (.*)$")]
    private static partial Regex Line();

    [GeneratedRegex("^Redis |(in|from) (redis|http|file):|^Failed to |^HTTP ")]
    private static partial Regex Remote();

    [GeneratedRegex("^Retrieved .* from (redis|http|file):")]
    private static partial Regex Hit();

    [GeneratedRegex("^No .* in (redis|http|file):")]
    private static partial Regex Absent();

    [GeneratedRegex("^Stored .* in (redis|http|file):")]
    private static partial Regex Stored();

    [GeneratedRegex("^(Redis command failed: .*|Failed to (?:construct|get|put|remove|check|create|write) .*|Not putting in .*)$")]
    private static partial Regex Failed();
}
