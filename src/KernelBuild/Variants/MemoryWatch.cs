namespace KernelBuild.Variants;

/// <summary>Follows how much memory a build has, twice a second, until it is disposed of.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;
    private long _peak;

    /// <param name="argument">Of the build's first process, and of no other.</param>
    public MemoryWatch(string argument) => _run = WatchAsync(argument);

    /// <summary>Bytes.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task WatchAsync(string argument)
    {
        using var timer = new PeriodicTimer(_interval);
        try
        {
            do
            {
                var now = ProcessMemory.OfBuild(argument);
                Interlocked.Exchange(ref _peak, Math.Max(Peak, now));
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // the build has ended
        }
    }
}
