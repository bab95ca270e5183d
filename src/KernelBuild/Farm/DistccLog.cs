using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Farm;

/// <summary>The log of distcc's client: which call ran where. A line is distcc[PID] MESSAGE.</summary>
internal static partial class DistccLog
{
    /// <returns>Nothing at all for a file that is not there.</returns>
    public static FarmReport Read(string file) => File.Exists(file) ? Read(File.ReadLines(file)) : new FarmReport(0, 0, 0);

    internal static FarmReport Read(IEnumerable<string> lines)
    {
        var hosts = new Dictionary<string, int>(StringComparer.Ordinal);
        var (local, lost) = (0, 0);
        foreach (var line in lines)
        {
            if (Completed().Match(line) is { Success: true } match)
            {
                var host = match.Groups[1].Value.Split('/', ',')[0];
                if (host == "localhost")
                {
                    local++;
                }
                else
                {
                    hosts[host] = hosts.GetValueOrDefault(host) + 1;
                }
            }
            else if (RunAgain().IsMatch(line))
            {
                lost++;
            }
        }

        return new FarmReport(hosts.Values.Sum(), Math.Max(0, local - lost), lost)
        {
            Hosts = hosts.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    [GeneratedRegex(@"^distcc\[\d+\] (?:\(\w+\) )?compile .* on (\S+) completed ok$")]
    private static partial Regex Completed();

    [GeneratedRegex(@"^distcc\[\d+\] .*(?:failed, retrying locally|failed to distribute, running locally instead)")]
    private static partial Regex RunAgain();
}
