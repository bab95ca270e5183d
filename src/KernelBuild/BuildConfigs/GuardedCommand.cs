using System.Collections.Immutable;

namespace KernelBuild.BuildConfigs;

/// <summary>A command of a build.config that the guard let run, or skipped.</summary>
/// <param name="IsRun">False for one that was skipped.</param>
/// <param name="Words">Of one that ran: program and arguments, expanded. Of another: one text, as it stands in the file.</param>
internal sealed record GuardedCommand(bool IsRun, ImmutableArray<string> Words)
{
    /// <summary>The log of <see cref="CommandGuard"/>.</summary>
    public static ImmutableArray<GuardedCommand> Parse(string log) =>
    [
        .. log.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(record => record.Split('\x1f')[..^1])
            .Where(fields => fields.Length > 1)
            .Select(fields => new GuardedCommand(fields[0] == "run", [.. fields[1..]])),
    ];
}
