using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Patches.Reports;
using KernelBuild.Patches.Series;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches show SERIES</c>.</summary>
internal static class PatchesShowCommand
{
    public static Command Create()
    {
        var series = new Argument<string>("SERIES")
        {
            Description = "A folder with a quilt series or with patches, a mailbox, or one patch",
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/patches.md" };
        var command = new Command(
            "show",
            "Lists the patches of a series with author, date, subject, and what each does to which file. Needs no source.\n\n"
            + "Example: kernelbuild patches show patches/acs-on-device-tree")
        {
            series, json,
        };
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var contents = SeriesContents.Read(SeriesInput.Load(result.GetValue(series)!));
            await output.WriteAsync(result.GetValue(json) ? contents.ToJson() : contents.ToText());
            return contents.Findings.Count == 0 ? ExitCode.Done : ExitCode.Findings;
        });
        return command;
    }
}
