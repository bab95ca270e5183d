namespace KernelBuild.Host.Processes;

/// <summary>What a finished command left.</summary>
/// <param name="ExitCode">0, or one of the command's answer codes.</param>
/// <param name="Output">Lines of standard output, unless they went to a consumer.</param>
/// <param name="Duration">Wall time.</param>
public sealed record CommandResult(int ExitCode, IReadOnlyList<string> Output, TimeSpan Duration);
