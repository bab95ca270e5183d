using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Refresh;
using KernelBuild.Patches.Reports;
using KernelBuild.Patches.Series;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches refresh SERIES --git REPO --commit ID</c>.</summary>
internal static class PatchesRefreshCommand
{
    public static Command Create()
    {
        var series = new Argument<string>("SERIES") { Description = "A folder with a quilt series or with patches, or one patch" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the drift, write nothing" };
        var where = new RepositoryOptions();
        var command = new Command(
            "refresh",
            "Rewrites the patches that apply at an offset or with less context, so that they fit the source exactly. Line numbers, "
            + "differing "
            + "context and blob names change, nothing else; patches that fit are not touched; nothing is written when a patch cannot be "
            + "made to fit.\n\n"
            + "Example: kernelbuild patches refresh patches/topic --git linux --commit v6.12 --dry-run")
        {
            series, dryRun,
        };
        where.AddTo(command);
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var patches = SeriesInput.Load(result.GetValue(series)!);
            var repository = await where.OpenAsync(result, cancellationToken);
            var drifts = await SeriesRefresh.FindDriftAsync(
                repository, await where.ResolveAsync(result, repository, cancellationToken), patches, cancellationToken);
            await output.WriteAsync(DriftReport.Of(drifts, patches.Count));
            if (!drifts.All(drift => drift.Verdict == PatchVerdict.Applied))
            {
                return ExitCode.Findings;
            }

            if (!result.GetValue(dryRun))
            {
                SeriesRefresh.Write(drifts);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
