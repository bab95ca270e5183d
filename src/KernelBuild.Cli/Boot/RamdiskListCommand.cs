using System.CommandLine;
using System.Globalization;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot ramdisk ls IMAGE [PATH]</c>.</summary>
internal static class RamdiskListCommand
{
    public static Command Create()
    {
        var options = new RamdiskOptions();
        var path = new Argument<string?>("PATH")
        {
            Description = "A file, or a folder with all that is in it; everything otherwise",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "ls",
            "Lists the entries of a ramdisk in their order: mode, owner, group, size, path.\n\nExample: kernelbuild boot ramdisk ls "
            + "init_boot.img")
        {
            options.Image, path, json,
        };
        options.AddFragment(command);
        command.OnRun((result, output, errors) =>
        {
            var (_, files, _) = options.Read(result);
            var below = (result.GetValue(path) ?? "").Trim('/');
            var entries = files.Entries.Where(entry => below.Length == 0 || CpioDocument.PathOf(entry) == below
                || CpioDocument.PathOf(entry).StartsWith(below + "/", StringComparison.Ordinal)).ToArray();
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new RamdiskReport([.. entries.Select(e => new RamdiskEntryInfo(
                        e.Path, Convert.ToString(e.Mode, 8), e.UserId, e.GroupId, e.Data.Length, e.LinkTarget))]),
                    BootJson.Default.RamdiskReport);
                return entries.Length == 0 && below.Length > 0 ? ExitCode.Findings : ExitCode.Done;
            }

            foreach (var e in entries)
            {
                output.WriteLine(Printable.Text(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Convert.ToString(e.Mode, 8),6} {e.UserId,5} {e.GroupId,5} {e.Data.Length,10} {e.Path}"
                    + $"{(e.LinkTarget is { } target ? " -> " + target : "")}")));
            }

            if (entries.Length == 0 && below.Length > 0)
            {
                errors.WriteLine(Printable.Text($"the ramdisk has no \"{below}\""));
                return ExitCode.Findings;
            }

            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>The JSON document of <c>boot ramdisk ls --json</c>.</summary>
/// <param name="Entries">In the order of the ramdisk.</param>
internal sealed record RamdiskReport(IReadOnlyList<RamdiskEntryInfo> Entries) : JsonReport;
