using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Patches.Engine;
using KernelBuild.Patches.Exchange;
using KernelBuild.Patches.Series;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches export SERIES TO --git REPO --commit ID</c>.</summary>
internal static class PatchesExportCommand
{
    public static Command Create()
    {
        var series = new Argument<string>("SERIES")
        {
            Description = "A folder with a quilt series or with patches, a mailbox, or one patch",
        };
        var to = new Argument<string>("TO") { Description = "A folder for files as of git format-patch, or a file name ending in .mbox" };
        var where = new RepositoryOptions();
        var command = new Command(
            "export",
            "Applies a series to a commit and writes what git format-patch writes for the result: clean mails with diffstat, full blob "
            + "names and the line numbers of that source, ready for git am or git send-email.\n\n"
            + "Examples:\n"
            + "  kernelbuild patches export patches/topic outgoing --git linux --commit v6.12\n"
            + "  kernelbuild patches export patches/topic topic.mbox --git linux --commit v6.12")
        {
            series, to,
        };
        where.AddTo(command);
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var repository = await where.OpenAsync(result, cancellationToken);
            var source = await where.ResolveAsync(result, repository, cancellationToken);
            var report = await SeriesRun.ApplyAsync(
                repository, source, SeriesInput.Load(result.GetValue(series)!), new SeriesOptions(), cancellationToken);
            if (report.Commit is not { } commit)
            {
                await errors.WriteLineAsync(string.Join('\n', report.Findings));
                return ExitCode.Findings;
            }

            var target = result.GetValue(to)!;
            if (target.EndsWith(".mbox", StringComparison.Ordinal))
            {
                await SeriesExchange.WriteMailboxAsync(repository, $"{source}..{commit}", target, cancellationToken);
                await output.WriteLineAsync(target);
            }
            else
            {
                var files = await SeriesExchange.FormatPatchAsync(repository, $"{source}..{commit}", target, cancellationToken);
                await output.WriteLineAsync(string.Join('\n', files));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
