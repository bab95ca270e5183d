using System.CommandLine;
using KernelBuild.Patches;
using KernelBuild.Patches.Application;
using KernelBuild.Store;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches check SERIES --git REPO --commit ID</c>.</summary>
internal static class PatchesCheckCommand
{
    public static Command Create()
    {
        var series = new Argument<string>("SERIES") { Description = "A folder with a quilt series or with patches, a mailbox, or one patch" };
        var git = new Option<string>("--git") { Description = "The repository that holds the source", HelpName = "REPO", DefaultValueFactory = _ => "." };
        var commit = new Option<string>("--commit") { Description = "The source: a branch, a tag or a commit id", HelpName = "ID", DefaultValueFactory = _ => "HEAD" };
        var keepGoing = new Option<bool>("--keep-going") { Description = "Leave out a patch that fails and go on with the next" };
        var outputs = new ReportOutputs();
        var command = new Command(
            "check",
            "Applies a series to a commit with zero fuzz, in memory, and says of every hunk what became of it: applied, at an offset, "
            + "already in the source, in conflict with another patch of the series, drifted and where to. When all is in, the commits are in "
            + "the repository, as git am would have made them; no branch and no work tree changes.\n\n"
            + "Examples:\n"
            + "  kernelbuild patches check patches/acs-on-device-tree --git linux --commit v6.12\n"
            + "  kernelbuild patches check series.mbox --git linux --keep-going --json | jq '.patches[] | select(.verdict != \"applied\")'\n"
            + "  git -C linux switch -c test $(kernelbuild patches check SERIES --git linux --json | jq -r .commit)")
        {
            series, git, commit, keepGoing,
        };
        outputs.AddTo(command);
        command.SetAction((result, cancellationToken) => Findings.CatchAsync(result.InvocationConfiguration.Error, async () =>
        {
            var name = result.GetValue(series)!;
            var patches = SeriesInput.Load(name);
            var repository = await GitRepository.OpenAsync(result.GetValue(git)!, cancellationToken);
            var source = await repository.ResolveCommitAsync(result.GetValue(commit)!, cancellationToken);
            var report = await SeriesRun.ApplyAsync(repository, source, patches, new SeriesOptions { KeepGoing = result.GetValue(keepGoing) }, cancellationToken);
            outputs.Write(result, name, report);
            return report.Succeeded ? ExitCode.Done : ExitCode.Findings;
        }));
        return command;
    }
}
