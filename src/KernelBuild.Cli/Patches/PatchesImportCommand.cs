using System.CommandLine;
using KernelBuild.Cli.CommandLine;
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
            Description = "A mailbox, a folder of patches, a quilt series; with --git a range of commits such as v6.12..topic",
        };
        var to = new Argument<string>("FOLDER") { Description = "The new series: a folder that is empty or not there" };
        var git = new Option<string?>("--git") { Description = "Take the commits FROM of this repository", HelpName = "REPO" };
        var command = new Command(
            "import",
            "Makes a series folder: a file for each patch, named as git format-patch does, and the file 'series'.\n\n"
            + "Examples:\n"
            + "  kernelbuild patches import from-lore.mbox patches/topic\n"
            + "  kernelbuild patches import --git linux v6.12..topic patches/topic")
        {
            from, to, git,
        };
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var source = result.GetValue(from)!;
            var folder = Path.GetFullPath(result.GetValue(to)!);
            var (files, notes) = result.GetValue(git) is { } repository
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
}
