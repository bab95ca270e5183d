using System.Collections;
using Nuke.Common.Output;

namespace Nuke.Common;

/// <summary>What the build gets from the process it runs in.</summary>
internal sealed record HostContext
{
    /// <summary>The command line, without the program's name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required BuildConsole Console { get; init; }

    public static HostContext OfProcess()
    {
        var environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
        return new HostContext
        {
            Arguments = System.Environment.GetCommandLineArgs()[1..],
            WorkingDirectory = System.Environment.CurrentDirectory,
            Environment = environment,
            Console = BuildConsole.OfProcess(environment),
        };
    }
}
