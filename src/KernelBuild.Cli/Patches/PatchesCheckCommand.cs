using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Series;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches check SERIES --git REPO --commit ID</c>.</summary>
internal static class PatchesCheckCommand
{
    public static Command Create()
    {
        var series = new Argument<string>("SERIES")
        {
            Description = "A folder with a quilt series or with patches, a mailbox, or one patch",
        };
        var where = new RepositoryOptions();
        var keepGoing = new Option<bool>("--keep-going") { Description = "Leave out a patch that fails and go on with the next" };
        var outputs = new ReportOutputs();
        var command = new Command(
            "check",
            "Applies a series to a commit with zero fuzz, in memory, and says of every hunk what became of it: applied, at an offset, "
            + "already in the source, in conflict with another patch of the series, drifted and where to. When all is in, the commits are "
            + "in "
            + "the repository, as git am would have made them; no branch and no work tree changes.\n\n"
            + "Examples:\n"
            + "  kernelbuild patches check patches/acs-on-device-tree --git linux --commit v6.12\n"
            + "  kernelbuild patches check series.mbox --git linux --keep-going --json | jq '.patches[] | select(.verdict != "
            + "\"applied\")'\n"
            + "  git -C linux switch -c test $(kernelbuild patches check SERIES --git linux --json | jq -r .commit)")
        {
            series, keepGoing,
        };
        where.AddTo(command);
        outputs.AddTo(command);
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var name = result.GetValue(series)!;
            var patches = SeriesInput.Load(name);
            var repository = await where.OpenAsync(result, cancellationToken);
            var source = await where.ResolveAsync(result, repository, cancellationToken);
            var report = await SeriesRun.ApplyAsync(
                repository, source, patches, new SeriesOptions { KeepGoing = result.GetValue(keepGoing) }, cancellationToken);
            outputs.Write(result, name, report);
            return report.Succeeded ? ExitCode.Done : ExitCode.Findings;
        });
        return command;
    }
}
