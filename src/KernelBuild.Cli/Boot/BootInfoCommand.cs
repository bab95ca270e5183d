using System.CommandLine;
using System.Runtime.CompilerServices;
using KernelBuild.BootImages.Containers;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot info FILE…</c>.</summary>
internal static class BootInfoCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "boot.img, init_boot.img or recovery.img, header versions 0 to 4",
            Arity = ArgumentArity.OneOrMore,
        };
        files.Validators.Add(result =>
        {
            // The parser takes an option it does not know for a file.
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError($"There is no option {token.Value}; a file of that name is written ./{token.Value}.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/boot-info.md" };
        var list = new Option<bool>("--list") { Description = "List the entries of the ramdisk" };
        var digests = new Option<bool>("--digests")
        {
            Description =
                "Compare the id, and show the SHA-256 of each section and of the kernel and the ramdisk in it; --json always does",
        };
        var command = new Command(
            "info",
            "Shows what is in boot images: header, sections with their compression, the kernel's version, the ramdisk; "
            + "and looks for what is wrong with sizes, padding, compressed streams, the ramdisk's archive. Digests and signatures are "
            + "checked by kernelbuild boot verify.\n\n"
            + "Examples:\n"
            + "  kernelbuild boot info boot.img\n"
            + "  kernelbuild boot info --digests boot.img\n"
            + "  kernelbuild boot info --list init_boot.img\n"
            + "  kernelbuild boot info --json boot.img | jq -r '.files[].image.kernel.banner'")
        {
            files,
            json,
            list,
            digests,
        };
        command.OnRun((result, output, errors) => Run(
            result.GetValue(files)!, result.GetValue(json),
            new BootInfoAnalysis(result.GetValue(list), result.GetValue(digests) || result.GetValue(json)),
            output, errors));
        return command;
    }

    private static int Run(string[] files, bool json, BootInfoAnalysis analysis, TextWriter output, TextWriter errors)
    {
        var reports = new List<BootFileInfo>();
        var exitCode = ExitCode.Done;
        foreach (var file in files)
        {
            if (!InputFile.TryRead(file, out var bytes, out var error))
            {
                exitCode = ExitCode.UsageOrEnvironment;
                reports.Add(new BootFileInfo(file) { Findings = [FindingInfo.From(error)] });
                if (!json)
                {
                    errors.WriteLine(error);
                }

                continue;
            }

            var report = analysis.Analyze(file, ContentOf(bytes));
            reports.Add(report);
            if (exitCode == ExitCode.Done
                && report.Findings.Any(finding => finding.Severity == FindingInfo.NameOf(DiagnosticSeverity.Error)))
            {
                exitCode = ExitCode.Findings;
            }

            if (!json)
            {
                BootInfoText.Write(report, output);
            }
        }

        if (json)
        {
            WriteJson(reports, output);
        }

        return exitCode;
    }

    /// <summary>What a sparse image stands for; one that is damaged is named as the file that it is.</summary>
    private static ReadOnlyMemory<byte> ContentOf(ReadOnlyMemory<byte> stored)
    {
        try
        {
            return SparseImage.IsSparse(stored.Span) ? SparseImage.Read(stored, out _) : stored;
        }
        catch (DiagnosticException)
        {
            return stored;
        }
    }

    /// <summary>On its own, so that the library for JSON is loaded for JSON only.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteJson(List<BootFileInfo> reports, TextWriter output) =>
        JsonOutput.Write(output, new BootInfoReport(reports), BootJson.Default.BootInfoReport);
}
