using System.Globalization;

namespace KernelBuild.Fetch;

/// <summary>Ends a transfer that stands still: nothing was heard for a while, or fewer bytes than a modem's came in that while.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _longest;
    private readonly int _lowSpeed;
    private readonly CancellationTokenSource _transfer;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private long _heard = Environment.TickCount64;
    private long _windowBegan = Environment.TickCount64;
    private long _windowBytes;
    private long _bytes;
    private bool _isOver;

    /// <param name="longest">How long it may stand still.</param>
    /// <param name="lowSpeed">Bytes a second that count as standing still; applies from the first byte on.</param>
    /// <param name="transfer">Cancelled when it stands still.</param>
    public StallWatch(TimeSpan longest, int lowSpeed, CancellationTokenSource transfer)
    {
        _longest = longest;
        _lowSpeed = lowSpeed;
        _transfer = transfer;
        var interval = TimeSpan.FromMilliseconds(Math.Clamp(longest.TotalMilliseconds / 10, 50, 5000));
        _timer = new Timer(_ => Look(), null, interval, interval);
    }

    /// <summary>What to say when it was this that ended the transfer.</summary>
    public string Reason { get; private set; } = "";

    /// <param name="bytes">Received in all, as far as is known; a sign of life without a number repeats the last one.</param>
    public void Saw(long bytes)
    {
        lock (_lock)
        {
            _heard = Environment.TickCount64;
            if (_bytes == 0 || bytes < _bytes)
            {
                (_windowBegan, _windowBytes) = (_heard, bytes);
            }

            _bytes = bytes;
        }
    }

    public void Dispose()
    {
        // a look that runs at this moment must not touch a transfer that is over
        lock (_lock)
        {
            _isOver = true;
        }

        _timer.Dispose();
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            var now = Environment.TickCount64;
            if (now - _heard >= _longest.TotalMilliseconds)
            {
                End(string.Create(CultureInfo.InvariantCulture, $"nothing came for {_longest.TotalSeconds:0} s"));
            }
            else if (_bytes > 0 && now - _windowBegan >= _longest.TotalMilliseconds)
            {
                var rate = (_bytes - _windowBytes) * 1000.0 / (now - _windowBegan);
                if (rate < _lowSpeed)
                {
                    End(string.Create(CultureInfo.InvariantCulture, $"only {rate:0} bytes a second came for {_longest.TotalSeconds:0} s"));
                }

                (_windowBegan, _windowBytes) = (now, _bytes);
            }
        }
    }

    private void End(string reason)
    {
        if (Reason.Length == 0)
        {
            Reason = reason;
            // not from inside the timer's lock for ever: what hangs on the token may wait for Saw
            _ = _transfer.CancelAsync();
        }
    }
}
