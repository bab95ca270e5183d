using System.Collections.Immutable;
using KernelBuild.Host.Native;

namespace KernelBuild.Host.Processes;

/// <summary>
/// A program to run: immutable, arguments as a list, environment explicit. Nothing is inherited but what
/// <see cref="ToolEnvironment"/> lets through. Run it with <see cref="RunAsync"/>.
/// </summary>
/// <param name="Program">A name to be found on PATH, or a path.</param>
public sealed record Command(string Program)
{
    public ImmutableArray<string> Arguments { get; init; } = [];

    /// <summary>The whole environment of the child.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ToolEnvironment.Base;

    public string? WorkingDirectory { get; init; }

    /// <summary>Called for each line of standard output, from one thread at a time.</summary>
    public Action<string>? OnOutput { get; init; }

    /// <summary>Called for each line of standard error, from one thread at a time.</summary>
    public Action<string>? OnError { get; init; }

    /// <summary>Lines that say how far the program is: they are left out of the output that a failure quotes.</summary>
    public Func<string, bool>? IsProgress { get; init; }

    /// <summary>Takes standard output as bytes instead of lines; must read to the end.</summary>
    public Func<Stream, CancellationToken, Task>? OutputConsumer { get; init; }

    /// <summary>Writes standard input; the stream is closed when it returns. Without it the child reads /dev/null.</summary>
    public Func<Stream, CancellationToken, Task>? InputProducer { get; init; }

    /// <summary>First signal to the process group on cancellation; SIGKILL follows after <see cref="CancelGracePeriod"/>.</summary>
    public int CancelSignal { get; init; } = Libc.SigTerm;

    public TimeSpan CancelGracePeriod { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Longest run; null for none. Running out of time is a cancellation that ends in <see cref="TimeoutException"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Exit codes that are answers rather than failures, besides 0.</summary>
    public ImmutableArray<int> AnswerCodes { get; init; } = [];

    /// <summary>A program that is to see all that this process sees, such as another part of the same build.</summary>
    public static Command WithFullEnvironment(string program) => new(program)
    {
        Environment = System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .ToImmutableSortedDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal),
    };

    public Command WithArguments(params IEnumerable<string> arguments) => this with { Arguments = [.. Arguments, .. arguments] };

    public Command WithEnvironment(string name, string? value) =>
        this with { Environment = value is null ? Environment.Remove(name) : Environment.SetItem(name, value) };

    public Command In(string workingDirectory) => this with { WorkingDirectory = workingDirectory };

    /// <summary>
    /// Runs the command in a process group of its own, which ends when this process ends, however it ends.
    /// </summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB4004 when the program is not there, KB4005 when it fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the whole group has ended.</exception>
    /// <exception cref="TimeoutException"><see cref="Timeout"/> ran out; the whole group has ended.</exception>
    public Task<CommandResult> RunAsync(CancellationToken cancellationToken) => CommandRun.RunAsync(this, cancellationToken);

    /// <summary>Runs the command and gives its standard output as text without the last line break.</summary>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var result = await RunAsync(cancellationToken);
        return string.Join('\n', result.Output);
    }

    /// <summary>The command as one could type it.</summary>
    public override string ToString() => string.Join(' ', Arguments.Prepend(Program).Select(Quote));

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%^".Contains(c, StringComparison.Ordinal))
            ? argument
            : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
