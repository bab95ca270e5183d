using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Exchange;
using KernelBuild.Patches.Series;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches import FROM FOLDER</c>.</summary>
internal static class PatchesImportCommand
{
    public static Command Create()
    {
        var from = new Argument<string>("FROM")
        {
            Description = "A mailbox, a folder of patches, a quilt series; a message ID or its address at lore.kernel.org, which b4 fetches; with --git a range of "
                + "commits such as v6.12..topic",
        };
        var to = new Argument<string>("FOLDER") { Description = "The new series: a folder that is empty or not there" };
        var git = new Option<string?>("--git")
        {
            Description = "Take the commits FROM of this repository; with --mend, the repository that holds the source",
            HelpName = "REPO",
        };
        var mend = new Option<bool>("--mend")
        {
            Description = "Restore damaged patches (hunks with other counts than lines, lost blank lines, lost file names) where exactly one reading "
                + "fits the source, and say each",
        };
        var commit = new Option<string?>("--commit") { Description = "With --mend: the source, a branch, a tag or a commit id (default: HEAD)", HelpName = "ID" };
        var command = new Command(
            "import",
            "Makes a series folder: a file for each patch, named as git format-patch does, and the file 'series'.\n\n"
            + "Examples:\n"
            + "  kernelbuild patches import from-lore.mbox patches/topic\n"
            + "  kernelbuild patches import 20260601120000.1234-1-me@example.org patches/topic\n"
            + "  kernelbuild patches import --git linux v6.12..topic patches/topic\n"
            + "  kernelbuild patches import damaged.patch patches/topic --mend --git linux --commit v6.12")
        {
            from, to, git, mend, commit,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(commit) is not null && !result.GetValue(mend))
            {
                result.AddError("--commit has no effect without --mend");
            }
        });
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var source = result.GetValue(from)!;
            var folder = Path.GetFullPath(result.GetValue(to)!);
            using var scratch = new ScratchFolder();
            if (ListArchive.IsMessage(source) && (result.GetValue(mend) || result.GetValue(git) is null))
            {
                source = await ListArchive.FetchAsync(source, scratch.Path, cancellationToken);
            }

            var (files, notes) = result.GetValue(mend)
                ? await MendAsync(source, folder, result.GetValue(git) ?? ".", result.GetValue(commit) ?? "HEAD", cancellationToken)
                : result.GetValue(git) is { } repository
                ? (await SeriesExchange.ImportAsync(
                    await GitRepository.OpenAsync(repository, cancellationToken), source, folder, cancellationToken), [])
                : SeriesExchange.Import(SeriesInput.Load(source), folder);
            await output.WriteLineAsync(string.Join('\n', files));
            foreach (var note in notes)
            {
                FindingText.Write(note, errors);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<(IReadOnlyList<string> Files, IReadOnlyList<Diagnostic> Notes)> MendAsync(
        string from, string folder, string git, string commit, CancellationToken cancellationToken)
    {
        var repository = await GitRepository.OpenAsync(git, cancellationToken);
        var id = await repository.ResolveCommitAsync(commit, cancellationToken);
        return await SeriesExchange.ImportMendedAsync(SeriesInput.Load(from), folder, repository, id, cancellationToken);
    }
}
