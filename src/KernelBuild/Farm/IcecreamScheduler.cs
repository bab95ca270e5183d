using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelBuild.Farm;

/// <summary>icecream's scheduler, asked for its hosts on the port behind its own, where it has a small text protocol.</summary>
/// <remarks>Source: icecc-scheduler's "help" and "listcs".</remarks>
internal static partial class IcecreamScheduler
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(3);

    /// <summary>The hosts that take jobs of others.</summary>
    /// <exception cref="SocketException">It does not answer.</exception>
    /// <exception cref="TimeoutException">It takes longer than three seconds.</exception>
    /// <exception cref="IOException">It breaks off.</exception>
    public static async Task<ImmutableArray<FarmHost>> HostsAsync(string scheduler, int port, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_longest);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(scheduler, port + 1, timeout.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync("listcs\nquit\n"u8.ToArray(), timeout.Token);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            return Read(await reader.ReadToEndAsync(timeout.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the scheduler did not answer within three seconds");
        }
    }

    /// <summary>Lines of a name, (ADDRESS:PORT), platform, speed, jobs=RUNNING/MOST and load; a port of 0 takes no jobs of others.</summary>
    internal static ImmutableArray<FarmHost> Read(string answer) =>
    [
        .. Line().Matches(answer)
            .Select(match => new FarmHost(
                match.Groups[1].Value, match.Groups[2].Value, int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)))
            .Where(host => !host.Address.EndsWith(":0", StringComparison.Ordinal) && host.Jobs > 0),
    ];

    [GeneratedRegex(@"^ +(\S+) \(([^)\s]+)\) \[[^\]]*\] .*\bjobs=\d{1,6}/(\d{1,6})\b", RegexOptions.Multiline)]
    private static partial Regex Line();
}
