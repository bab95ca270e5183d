using KernelBuild.Host.Processes;

namespace KernelBuild.Testing;

/// <summary>The checkout that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string NukeScript => PathOf("nuke.sh");

    public static string PathOf(params string[] relative) => Path.Combine([Root, .. relative]);

    /// <summary>Runs a command with this process's whole environment, for as long as a cold kernel build may take.</summary>
    public static async Task<RunResult> RunAsync(string program, params string[] arguments) =>
        await RunAsync(Command.WithFullEnvironment(program).WithArguments(arguments).In(Root));

    public static async Task<RunResult> RunAsync(Command command)
    {
        var lines = new List<string>();
        void Take(string line)
        {
            lock (lines)
            {
                lines.Add(line);
            }
        }

        var result = await (command with
        {
            OnOutput = Take,
            OnError = Take,
            AnswerCodes = [.. Enumerable.Range(1, 255)],
            Timeout = TimeSpan.FromMinutes(40),
        }).RunAsync(CancellationToken.None);
        return new RunResult(result.ExitCode, string.Join('\n', lines), result.Duration);
    }

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernelBuild.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests do not run in a checkout");
        }

        return folder;
    }
}

/// <param name="Output">Both streams, in the order in which lines came.</param>
public sealed record RunResult(int ExitCode, string Output, TimeSpan Duration);
