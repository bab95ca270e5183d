using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Farm;

/// <summary>The log of icecc at its level "debug": which call ran where. A line is ICECC[PID] TIME: MESSAGE.</summary>
internal static partial class IcecreamLog
{
    /// <returns>Nothing at all for a file that is not there.</returns>
    public static FarmReport Read(string file) => File.Exists(file) ? Read(File.ReadLines(file)) : new FarmReport(0, 0, 0);

    internal static FarmReport Read(IEnumerable<string> lines)
    {
        var calls = new Dictionary<string, Call>(StringComparer.Ordinal);
        var finished = new List<Call>();
        foreach (var line in lines)
        {
            if (Line().Match(line) is not { Success: true } match)
            {
                continue;
            }

            var (process, message) = (match.Groups[1].Value, match.Groups[2].Value);
            if (message.StartsWith("invoked as: ", StringComparison.Ordinal))
            {
                // the number of a process comes again when all have been used
                if (calls.Remove(process, out var before))
                {
                    finished.Add(before);
                }

                calls[process] = new Call();
            }
            else if (calls.TryGetValue(process, out var call))
            {
                call.Take(message);
            }
        }

        finished.AddRange(calls.Values);
        return new FarmReport(
            finished.Count(call => call.IsRemote),
            finished.Count(call => call is { IsRemote: false, IsLost: false }),
            finished.Count(call => call.IsLost))
        {
            Hosts = finished.Where(call => call.IsRemote)
                .CountBy(call => call.Host!)
                .ToImmutableSortedDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal),
            SentBytes = finished.Sum(call => call.Sent),
        };
    }

    private sealed class Call
    {
        private bool _answered;

        public string? Host { get; private set; }

        public bool IsLost { get; private set; }

        public long Sent { get; private set; }

        public bool IsRemote => Host is not null && _answered && !IsLost;

        public void Take(string message)
        {
            if (HostChosen().Match(message) is { Success: true } chosen)
            {
                Host = chosen.Groups[1].Value;
            }
            else if (SentBytes().Match(message) is { Success: true } sent)
            {
                Sent += long.Parse(sent.Groups[1].Value, CultureInfo.InvariantCulture);
            }
            else if (message.StartsWith("got exception", StringComparison.Ordinal)
                || message.StartsWith("local build forced by remote exception", StringComparison.Ordinal))
            {
                IsLost = true;
            }
            else if (message.StartsWith("</wait for cs", StringComparison.Ordinal))
            {
                _answered = true;
            }
        }
    }

    [GeneratedRegex(@"^ICECC\[(\d+)\] [0-9-]+ [0-9:]+: (.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^Have to use host (\S+) ")]
    private static partial Regex HostChosen();

    [GeneratedRegex(@"^sent (\d{1,15}) bytes ")]
    private static partial Regex SentBytes();
}
