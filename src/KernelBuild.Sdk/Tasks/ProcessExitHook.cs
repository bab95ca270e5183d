namespace KernelBuild.Sdk.Tasks;

/// <summary>
/// Runs an action when the process is ended under a task: the dotnet command answers SIGTERM with Environment.Exit(0), and
/// whoever started it would take a build that never finished for one that did.
/// </summary>
internal sealed class ProcessExitHook : IDisposable
{
    private readonly EventHandler _handler;

    public ProcessExitHook(Action action)
    {
        _handler = (_, _) => action();
        AppDomain.CurrentDomain.ProcessExit += _handler;
    }

    public void Dispose() => AppDomain.CurrentDomain.ProcessExit -= _handler;
}
