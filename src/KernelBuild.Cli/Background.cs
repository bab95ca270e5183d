using System.Runtime.ExceptionServices;

namespace KernelBuild.Cli;

/// <summary>
/// Work on a thread of its own. Twice or three times in the life of a command that takes a tenth of a second, a bare thread costs less
/// than to wake the thread pool for it.
/// </summary>
internal sealed class Background<T>
    where T : class?
{
    private readonly Thread _thread;
    private T? _result;
    private ExceptionDispatchInfo? _failure;

    public Background(Func<T> work)
    {
        _thread = new Thread(() =>
        {
            try
            {
                _result = work();
            }
#pragma warning disable CA1031 // whatever it is, it is thrown where the result is asked for
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }
#pragma warning restore CA1031
        })
        {
            IsBackground = true,
        };
        _thread.Start();
    }

    /// <summary>Waits for the work; throws what it threw.</summary>
    public T Result
    {
        get
        {
            _thread.Join();
            _failure?.Throw();
            return _result!;
        }
    }
}

/// <summary>Starts work on a thread of its own.</summary>
internal static class Background
{
    public static Background<T> Start<T>(Func<T> work)
        where T : class? => new(work);
}
