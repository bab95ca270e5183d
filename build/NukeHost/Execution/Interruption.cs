using System.Runtime.InteropServices;

namespace Nuke.Common.Execution;

/// <summary>
/// SIGINT and SIGTERM. The first one asks: the running target, which listens for signals itself, gets a bounded time to end.
/// When that is over the build is abandoned. A second SIGINT does not wait at all.
/// </summary>
/// <param name="grace">The bounded time.</param>
/// <param name="announce">Called on the first signal.</param>
/// <param name="abandon">Called with the exit code when the time is over or the user insists; the latter is told by true.</param>
internal sealed class Interruption(TimeSpan grace, Action announce, Action<int, bool> abandon) : IDisposable
{
    /// <summary>What a target that stops its child processes properly needs at most.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _requested = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private Timer? _timer;

    /// <summary>128 plus the number of the first signal; null as long as none has come.</summary>
    public int? ExitCode { get; private set; }

    public void Listen()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Request(context.Signal);
            }));
        }
    }

    public void Request(PosixSignal signal)
    {
        var code = signal == PosixSignal.SIGINT ? 130 : 143;
        lock (_lock)
        {
            if (ExitCode is null)
            {
                ExitCode = code;
                _requested.Set();
                announce();
                _timer = new Timer(_ => abandon(code, false), state: null, grace, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        if (signal == PosixSignal.SIGINT)
        {
            abandon(code, true);
        }
    }

    /// <summary>
    /// Whether a failure comes from a signal. The target's own listener may be called before the one here, and a terminal
    /// sends the signal to its child processes, too: what it causes may be seen before the signal itself.
    /// </summary>
    /// <param name="failure">What the target threw.</param>
    public bool Explains(Exception failure) =>
        _requested.Wait(failure is OperationCanceledException ? TimeSpan.FromSeconds(2) : TimeSpan.FromMilliseconds(100));

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _timer?.Dispose();
        _requested.Dispose();
    }
}
