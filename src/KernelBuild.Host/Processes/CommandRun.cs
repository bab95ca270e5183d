using System.Diagnostics;
using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Native;

namespace KernelBuild.Host.Processes;

/// <summary>
/// One run of a <see cref="Command"/>. The child leads a session of its own (setsid), so that a signal reaches make and
/// every compiler below it, and hangs on a lifeline: a pipe that only this process holds. When this process dies, even by
/// SIGKILL, the pipe closes and the group is ended from within.
/// </summary>
internal static class CommandRun
{
    private const int TailLength = 30;
    private static readonly TimeSpan _drainPatience = TimeSpan.FromSeconds(3);

    // $$ stays the leader's process id in subshells. The watcher is twice forked so that the program never has it as a child.
    private const string Lifeline = """
        exec 3<&0 </dev/null
        ( ( trap '' TERM INT HUP; if read -r _ <&3; then exit; fi; kill -TERM -$$; sleep 5; kill -KILL -$$ ) >/dev/null 2>&1 & )
        exec 3<&-
        exec "$@"
        """;

    public static async Task<CommandResult> RunAsync(Command command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var program = ProgramPath.Find(command.Program, command.Environment.GetValueOrDefault("PATH"))
            ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolMissing,
                $"the program '{command.Program}' is not on PATH",
                "install it; ./nuke.sh Prerequisites names the package"));
        using var process = new Process { StartInfo = StartInfo(command, program) };
        var watch = Stopwatch.StartNew();
        process.Start();
        using var timeout = new CancellationTokenSource(command.Timeout ?? System.Threading.Timeout.InfiniteTimeSpan);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);

        // whoever reads a stream and fails leaves it undrained: the child would wait on a full pipe for ever
        using var readerFailed = CancellationTokenSource.CreateLinkedTokenSource(linked.Token);
        var tail = new OutputTail(TailLength);
        List<string> output = [];
        var consuming = command.OutputConsumer is { } consumer
            ? CancelOnFailureAsync(ConsumeAsync(consumer, process.StandardOutput.BaseStream, linked.Token), readerFailed.CancelAsync)
            : Task.CompletedTask;
        var lines = Task.WhenAll(
            command.OutputConsumer is not null
                ? Task.CompletedTask
                : CancelOnFailureAsync(
                    ReadLinesAsync(process.StandardOutput, line =>
                    {
                        tail.Add(line);
                        if (command.OnOutput is { } onOutput)
                        {
                            onOutput(line);
                        }
                        else
                        {
                            lock (output)
                            {
                                output.Add(line);
                            }
                        }
                    }),
                    readerFailed.CancelAsync),
            CancelOnFailureAsync(
                ReadLinesAsync(process.StandardError, line =>
                {
                    tail.Add(line);
                    command.OnError?.Invoke(line);
                }),
                readerFailed.CancelAsync));
        var reading = Task.WhenAll(consuming, lines);
        var writing = command.InputProducer is { } producer
            ? ProduceAsync(producer, process.StandardInput.BaseStream, linked.Token)
            : Task.CompletedTask;

        try
        {
            await process.WaitForExitAsync(readerFailed.Token);
            // a grandchild that outlives the leader may hold the pipes open: end it before waiting for their end
            if (!await EndsWithinAsync(reading, readerFailed.Token))
            {
                Signal(process, Libc.SigKill);
                readerFailed.Token.ThrowIfCancellationRequested();
                await consuming.WaitAsync(linked.Token);
                // one that has left the group is none of ours; what it may still print is not waited for
                await EndsWithinAsync(lines, linked.Token);
            }

            await writing;
            Release(process, command);
        }
        catch (OperationCanceledException) when (readerFailed.IsCancellationRequested && !linked.IsCancellationRequested)
        {
            await EndAsync(process, command, reading);
            await consuming;
            await lines;
            throw;
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            await EndAsync(process, command, reading);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException(string.Create(
                CultureInfo.InvariantCulture,
                $"'{command.Program}' did not end within {command.Timeout!.Value.TotalSeconds:0} s"));
        }
        catch
        {
            await EndAsync(process, command, reading);
            throw;
        }

        if (process.ExitCode != 0 && !command.AnswerCodes.Contains(process.ExitCode))
        {
            throw Failure(command, process.ExitCode, tail);
        }

        lock (output)
        {
            return new CommandResult(process.ExitCode, [.. output], watch.Elapsed);
        }
    }

    private static async Task CancelOnFailureAsync(Task reading, Func<Task> cancelAsync)
    {
        try
        {
            await reading;
        }
        catch
        {
            await cancelAsync();
            throw;
        }
    }

    /// <summary>Whether the task ended in time; its failure is thrown.</summary>
    private static async Task<bool> EndsWithinAsync(Task task, CancellationToken cancellationToken)
    {
        if (await Task.WhenAny(task, Task.Delay(_drainPatience, cancellationToken)) != task)
        {
            return false;
        }

        await task;
        return true;
    }

    private static ProcessStartInfo StartInfo(Command command, string program)
    {
        // elsewhere than on Linux there are no sessions and no lifelines: enough for 'dotnet publish' and 'dotnet test'
        var start = new ProcessStartInfo(OperatingSystem.IsLinux() ? "setsid" : program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // file names are UTF-8, whatever the terminal's locale says
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        if (OperatingSystem.IsLinux() && command.InputProducer is null)
        {
            foreach (var argument in (string[])["sh", "-c", Lifeline, command.Program])
            {
                start.ArgumentList.Add(argument);
            }
        }

        // a child that reads its input from us sees the end of it when we die, and ends by itself
        if (OperatingSystem.IsLinux())
        {
            start.ArgumentList.Add(program);
        }

        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static async Task ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            onLine(line);
        }
    }

    private static async Task ConsumeAsync(Func<Stream, CancellationToken, Task> consumer, Stream stream, CancellationToken cancellationToken)
    {
        await consumer(stream, cancellationToken);
        await stream.CopyToAsync(Stream.Null, cancellationToken);
    }

    private static async Task ProduceAsync(Func<Stream, CancellationToken, Task> producer, Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            await using (stream)
            {
                await producer(stream, cancellationToken);
            }
        }
        catch (IOException)
        {
            // the child stopped reading; its exit code says why
        }
    }

    /// <summary>Lets the watcher go without a signal: the run is over.</summary>
    private static void Release(Process process, Command command)
    {
        if (command.InputProducer is not null)
        {
            return;
        }

        try
        {
            process.StandardInput.Write("done\n");
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // the watcher has gone already
        }
    }

    private static async Task EndAsync(Process process, Command command, Task reading)
    {
        Signal(process, command.CancelSignal);
        if (!await EndsWithinAsync(process, command.CancelPatience))
        {
            Signal(process, Libc.SigKill);
            await EndsWithinAsync(process, _drainPatience);
        }

        // whoever ignored the first signal and outlived the leader
        Signal(process, Libc.SigKill);
        await Task.WhenAny(reading, Task.Delay(_drainPatience, CancellationToken.None));
    }

    private static async Task<bool> EndsWithinAsync(Process process, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static void Signal(Process process, int signal)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        else if (Libc.Kill(-process.Id, signal) != 0 && !process.HasExited)
        {
            // it was started a moment ago and does not lead its group yet
            _ = Libc.Kill(process.Id, signal);
        }
    }

    private static DiagnosticException Failure(Command command, int exitCode, OutputTail tail) => new(
        Diagnostic.Error(
            DiagnosticCodes.ToolFailed,
            string.Create(CultureInfo.InvariantCulture, $"'{command.Program}' ended with exit code {exitCode}"),
            "the command was: " + command) with
        { Details = tail.Lines });
}
