using System.Globalization;
using System.Text;
using CliWrap;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Native;

namespace KernelBuild.Host.Processes;

/// <summary>
/// One run of a <see cref="Command"/>: CliWrap starts the program, copies its streams and reports its exit code. Added to it
/// is how a run ends, because CliWrap signals the leader only (its forceful cancellation misses reparented grandchildren) and
/// waits for the end of a stream for ever. The child leads a session of its own (setsid), so that a signal reaches make and every compiler
/// below it, and hangs on a lifeline: its standard input is a pipe that only this process holds. When this process dies,
/// even by SIGKILL, the pipe closes and the group is ended from within.
/// </summary>
internal sealed class CommandRun : IDisposable
{
    private const int TailLength = 30;
    private static readonly TimeSpan _drainGracePeriod = TimeSpan.FromSeconds(3);

    // file names are UTF-8, whatever the terminal's locale says
    private static readonly Encoding _encoding = new UTF8Encoding(false);

    // $$ stays the leader's process id in subshells. The watcher is twice forked so that the program never has it as a child.
    // When the leader is gone already, the pipe was closed because the run is over.
    private const string Lifeline = """
        exec 3<&0 </dev/null
        ( ( trap '' TERM INT HUP; read -r _ <&3; kill -0 $$ || exit; kill -TERM -$$; sleep 5; kill -KILL -$$ ) >/dev/null 2>&1 & )
        exec 3<&-
        exec "$@"
        """;

    private readonly Command _command;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenSource _timeout;

    /// <summary>
    /// The group is to be ended: cancelled, out of time, or a reader failed and the child would wait on a full pipe for ever.
    /// </summary>
    private readonly CancellationTokenSource _ending;

    /// <summary>What is still printed by one that left the group is not waited for.</summary>
    private readonly CancellationTokenSource _linesAbandoned = new();
    private readonly CancellationTokenSource _allAbandoned = new();
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // one for each stream: which of the two is read last is chance, and the reason of a failure must not be pushed out
    private readonly OutputTail _outputTail = new(TailLength);
    private readonly OutputTail _errorTail = new(TailLength);
    private readonly List<string> _output = [];

    private CommandRun(Command command, CancellationToken cancellationToken)
    {
        _command = command;
        _cancelled = cancellationToken;
        _timeout = new CancellationTokenSource(command.Timeout ?? Timeout.InfiniteTimeSpan);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timeout.Token);
    }

    public static async Task<CommandResult> RunAsync(Command command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var run = new CommandRun(command, cancellationToken);
        return await run.RunAsync();
    }

    /// <summary>A path is looked at where it is; only a name is looked for.</summary>
    private static Diagnostic Missing(string program) =>
        !program.Contains('/', StringComparison.Ordinal) ? Diagnostic.Error(
            DiagnosticCodes.ToolMissing, $"the program '{program}' is not on PATH", "install it; ./nuke.sh Prerequisites names the package")
        : File.Exists(program) ? Diagnostic.Error(
            DiagnosticCodes.ToolMissing, $"'{program}' is no program: it is not executable", $"make it so: chmod +x {program}")
        : Diagnostic.Error(DiagnosticCodes.ToolMissing, $"there is no program '{program}'", "check the path");

    private async Task<CommandResult> RunAsync()
    {
        var program = ProgramPath.Find(_command.Program, _command.Environment.GetValueOrDefault("PATH"))
            ?? throw new DiagnosticException(Missing(_command.Program));
        string[] line = [.. Launcher(program), .. _command.Arguments];
        var running = Cli.Wrap(line[0])
            .WithArguments(line[1..])
            .WithWorkingDirectory(_command.WorkingDirectory ?? "")
            .WithStandardInputPipe(PipeSource.Create(FeedAsync))
            .WithStandardOutputPipe(_command.OutputConsumer is { } consumer
                ? Guarded(PipeTarget.Create((stream, _) => ConsumeAsync(consumer, stream)), _allAbandoned.Token)
                : Lines(_outputTail, _command.OnOutput ?? _output.Add))
            .WithStandardErrorPipe(Lines(_errorTail, _command.OnError))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(start =>
            {
                start.Environment.Clear();
                foreach (var (name, value) in _command.Environment)
                {
                    start.Environment[name] = value;
                }
            },
            null,
            _allAbandoned.Token);
        var supervising = SuperviseAsync(running);
        try
        {
            var result = await running;
            if (result.ExitCode != 0 && !_ending.IsCancellationRequested && !_command.AnswerCodes.Contains(result.ExitCode))
            {
                throw Failure(result.ExitCode);
            }

            ThrowIfEnded();
            return new CommandResult(result.ExitCode, _output, result.RunTime);
        }
        catch when (_ending.IsCancellationRequested)
        {
            ThrowIfEnded();
            throw;
        }
        finally
        {
            _exited.TrySetResult();
            await supervising;
        }
    }

    public void Dispose()
    {
        _timeout.Dispose();
        _ending.Dispose();
        _linesAbandoned.Dispose();
        _allAbandoned.Dispose();
    }

    private void ThrowIfEnded()
    {
        _cancelled.ThrowIfCancellationRequested();
        if (_timeout.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"'{_command.Program}' did not end within {_command.Timeout!.Value.TotalSeconds:0} s"));
        }
    }

    // a child that reads its input from us sees the end of it when we die, and ends by itself. Elsewhere than on Linux there
    // are no sessions and no lifelines: enough for 'dotnet publish' and 'dotnet test'
    private string[] Launcher(string program) =>
        !OperatingSystem.IsLinux() ? [program]
        : _command.InputProducer is not null ? ["setsid", program]
        : ["setsid", "sh", "-c", Lifeline, _command.Program, program];

    /// <summary>Ends the group when it is to be ended, and ends what outlives the leader and holds its streams open.</summary>
    private async Task SuperviseAsync(CommandTask<CliWrap.CommandResult> running)
    {
        var group = running.ProcessId;
        try
        {
            await _exited.Task.WaitAsync(_ending.Token);
            if (!await EndsWithinAsync(running, _drainGracePeriod, _ending.Token))
            {
                Signal(group, Libc.SigKill);
                _linesAbandoned.CancelAfter(_drainGracePeriod);
                await Task.WhenAny(running, Task.Delay(Timeout.Infinite, _ending.Token));
                _ending.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            Signal(group, _command.CancelSignal);
            if (!await EndsWithinAsync(_exited.Task, _command.CancelGracePeriod, CancellationToken.None))
            {
                Signal(group, Libc.SigKill);
                await EndsWithinAsync(_exited.Task, _drainGracePeriod, CancellationToken.None);
            }

            // whoever ignored the first signal and outlived the leader
            Signal(group, Libc.SigKill);
            await EndsWithinAsync(running, _drainGracePeriod, CancellationToken.None);
            await _linesAbandoned.CancelAsync();
            await _allAbandoned.CancelAsync();
        }
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan gracePeriod, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(task, Task.Delay(gracePeriod, stop.Token));
        await stop.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return first == task;
    }

    private void Signal(int group, int signal)
    {
        if (!OperatingSystem.IsLinux())
        {
            _allAbandoned.Cancel();
        }
        else if (Libc.Kill(-group, signal) != 0 && !_exited.Task.IsCompleted)
        {
            // it was started a moment ago and does not lead its group yet
            _ = Libc.Kill(group, signal);
        }
    }

    /// <summary>CliWrap cancels its token when the child has exited; until then the pipe is the lifeline.</summary>
    private async Task FeedAsync(Stream stream, CancellationToken exited)
    {
        // not disposed of: what follows runs inside the cancellation, newest registration first, and would take this one back unrun
        _ = exited.Register(() => _exited.TrySetResult());
        if (_command.InputProducer is not { } producer)
        {
            await Task.Delay(Timeout.Infinite, exited);
            return;
        }

        try
        {
            await producer(stream, _ending.Token);
        }
        catch (IOException)
        {
            // the child stopped reading; its exit code says why
        }
        catch
        {
            await _ending.CancelAsync();
            throw;
        }

        await stream.DisposeAsync();
        await Task.Delay(Timeout.Infinite, exited);
    }

    private PipeTarget Lines(OutputTail tail, Action<string>? onLine) => Guarded(
        PipeTarget.ToDelegate(
            line =>
            {
                if (_command.IsProgress?.Invoke(line) != true)
                {
                    tail.Add(line);
                }

                onLine?.Invoke(line);
            },
            _encoding),
        _linesAbandoned.Token);

    private PipeTarget Guarded(PipeTarget target, CancellationToken abandoned) => PipeTarget.Create(async (stream, _) =>
    {
        try
        {
            await target.CopyFromAsync(stream, CancellationToken.None).WaitAsync(abandoned);
        }
        catch (OperationCanceledException) when (abandoned.IsCancellationRequested)
        {
        }
        catch
        {
            await _ending.CancelAsync();
            throw;
        }
    });

    private async Task ConsumeAsync(Func<Stream, CancellationToken, Task> consumer, Stream stream)
    {
        await consumer(stream, _ending.Token);
        await stream.CopyToAsync(Stream.Null, _ending.Token);
    }

    private DiagnosticException Failure(int exitCode) => new(
        Diagnostic.Error(
            DiagnosticCodes.ToolFailed,
            string.Create(CultureInfo.InvariantCulture, $"'{_command.Program}' ended with exit code {exitCode}"),
            "the command was: " + _command) with
        { Details = [.. _outputTail.Lines, .. _errorTail.Lines] });
}
