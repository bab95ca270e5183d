using System.Runtime.InteropServices;

namespace Nuke.Common.Execution;

/// <summary>
/// SIGINT and SIGTERM. After the first signal, the running target, which handles signals itself, has some time to end; after
/// that time the build is abandoned. A second SIGINT abandons it at once.
/// </summary>
/// <param name="grace">The time that the target has.</param>
/// <param name="announce">Called on the first signal.</param>
/// <param name="abandon">Called with the exit code; true when the reason is a second SIGINT.</param>
internal sealed class Interruption(TimeSpan grace, Action announce, Action<int, bool> abandon) : IDisposable
{
    /// <summary>Enough for a target to stop its child processes.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _requested = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private Timer? _timer;

    /// <summary>128 plus the number of the first signal; null before a signal.</summary>
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
    /// Whether the target failed because of a signal. The target's own signal handler may run before the one here, and a child
    /// process may get the signal from the terminal, so the failure can be known before the signal is.
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
