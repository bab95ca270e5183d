using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Manifest;

/// <summary>Which state of the repository a device's project was built from.</summary>
/// <param name="Commit">Null where the folder is in no repository, or git is not there.</param>
/// <param name="IsDirty">Whether the work tree differs from it; null without a commit.</param>
internal sealed record ProjectRevision(string? Commit, bool? IsDirty)
{
    /// <summary>What a build itself leaves there is no difference.</summary>
    private static readonly string[] _ours = [":(exclude).work", ":(exclude)artifacts"];

    public static async Task<ProjectRevision> OfAsync(string rootFolder, CancellationToken cancellationToken)
    {
        try
        {
            var head = await (Git(rootFolder, "rev-parse", "--verify", "HEAD") with { AnswerCodes = [128] }).RunAsync(cancellationToken);
            if (head is not { ExitCode: 0, Output: [var commit, ..] })
            {
                return new ProjectRevision(null, null);
            }

            var status = await Git(rootFolder, ["status", "--porcelain", "--", ".", .. _ours]).RunAsync(cancellationToken);
            return new ProjectRevision(commit, status.Output.Any(line => line.Length > 0));
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code is DiagnosticCodes.ToolMissing or DiagnosticCodes.ToolFailed)
        {
            return new ProjectRevision(null, null);
        }
    }

    private static Command Git(string folder, params IEnumerable<string> arguments) => new Command("git")
        .WithArguments("-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", folder)
        .WithArguments(arguments)
        // looking at a work tree must not write its index
        .WithEnvironment("GIT_OPTIONAL_LOCKS", "0");
}
