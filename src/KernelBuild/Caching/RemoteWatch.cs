namespace KernelBuild.Caching;

/// <summary>
/// Reads ccache's stats_log while a build writes it, and tells once when the shared cache keeps failing: a server that hangs costs each call
/// of the compiler the whole timeout.
/// </summary>
public sealed class RemoteWatch : IAsyncDisposable
{
    /// <summary>One may be a coincidence; each further one may cost a second.</summary>
    public const int MostFailures = 3;

    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ended = new();
    private readonly Task _running;

    /// <param name="onFailing">Takes the number of calls that failed.</param>
    public RemoteWatch(string statsLog, Action<int> onFailing) => _running = RunAsync(statsLog, onFailing);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _running;
        _ended.Dispose();
    }

    private async Task RunAsync(string statsLog, Action<int> onFailing)
    {
        using var timer = new PeriodicTimer(_interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (IsFailing(statsLog, onFailing))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the build has ended; it may have failed since the last look
            IsFailing(statsLog, onFailing);
        }
    }

    private static bool IsFailing(string statsLog, Action<int> onFailing)
    {
        if (CompilerCacheReport.Read(statsLog) is not { Errors: >= MostFailures } report)
        {
            return false;
        }

        onFailing(report.Errors);
        return true;
    }
}
