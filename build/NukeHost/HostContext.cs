using System.Collections;
using Nuke.Common.Output;

namespace Nuke.Common;

/// <summary>What the build is given from outside.</summary>
internal sealed record HostContext
{
    /// <summary>What follows the program's name on the command line.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required BuildConsole Console { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public static HostContext OfProcess()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return new HostContext
        {
            Arguments = System.Environment.GetCommandLineArgs()[1..],
            WorkingDirectory = System.Environment.CurrentDirectory,
            Environment = environment,
            Console = BuildConsole.OfProcess(environment),
        };
    }
}
