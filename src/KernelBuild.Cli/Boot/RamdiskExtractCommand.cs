using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot ramdisk extract IMAGE -o FOLDER</c>.</summary>
internal static class RamdiskExtractCommand
{
    public static Command Create()
    {
        var options = new RamdiskOptions();
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Files and folders; everything otherwise",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<string>("--output", "-o") { Description = "The folder", Required = true };
        var force = UnpackFolder.ForceOption();
        var command = new Command(
            "extract",
            "Writes files, folders and symbolic links of a ramdisk into a folder, with their permissions and without root. Device nodes "
            + "are "
            + "named, not made; nothing is written outside of the folder.\n\nExample: kernelbuild boot ramdisk extract init_boot.img -o "
            + "root")
        {
            options.Image, paths, output, force,
        };
        options.AddFragment(command);
        command.OnRun((result, writer, _) =>
        {
            var (_, files, _) = options.Read(result);
            var wanted = (result.GetValue(paths) ?? []).Select(path => path.Trim('/')).ToArray();
            var missing = wanted.FirstOrDefault(path => files.Find(path) is null);
            if (missing is not null)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.RamdiskEntryInvalid, $"the ramdisk has no \"{missing}\"",
                        "kernelbuild boot ramdisk ls shows what it has"));
            }

            var (written, findings) = RamdiskExtraction.Write(files, wanted, result.GetValue(output)!, result.GetValue(force));
            writer.WriteLine(Printable.Text($"{result.GetValue(output)}: {Counted.Of(written, "entry", "entries")}"));
            foreach (var finding in findings)
            {
                FindingText.Write(finding, writer);
            }

            return ExitCode.Of(findings);
        });
        return command;
    }
}
