using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using KernelBuild.Cli.Aosp;
using KernelBuild.Cli.Avb;
using KernelBuild.Cli.Boot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Dtbo;
using KernelBuild.Cli.Patches;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli;

/// <summary>The root of the command line.</summary>
internal static class KernelBuildCommand
{
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        // The drop-in command lines are those of AOSP's tools, options and abbreviations included: they are parsed as theirs are.
        if (arguments.Length > 0 && AospTool.Find(arguments[0]) is { } tool)
        {
            ReadFiles.Forget();
            return tool.Run(arguments[1..], output, errors);
        }

        ReadFiles.Begin();
        using var cleanOutput = new TerminalWriter(output);
        using var cleanErrors = new TerminalWriter(errors);
        return Run(arguments, cleanOutput, cleanErrors);
    }

    private static int Run(string[] arguments, TerminalWriter output, TerminalWriter errors)
    {
        var result = Create(arguments).Parse(arguments);
        if (result.Action is ParseErrorAction)
        {
            var path = string.Join(' ', CommandPath(result.CommandResult));
            Diagnostic[] findings =
            [
                .. result.Errors.Select(error => Diagnostic.Error(DiagnosticCodes.UsageInvalid, error.Message, $"{path} --help shows what it takes")),
            ];
            CommandFrame.Warn(findings, errors);
            FailureReport.Write(result, output, findings);
            return ExitCode.UsageOrEnvironment;
        }

        // An exception that gets here is a bug: it keeps its stack.
        return result.Invoke(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
    }

    private static Command Create(string[] arguments)
    {
        // a RootCommand would be called after the assembly, which cannot have the command's name
        return new Command(
            "kernelbuild",
            "The analysis tools of KernelBuild on single files.\n\n"
            + "Examples:\n"
            + "  kernelbuild boot info boot.img           what is in a boot image, and what is wrong with it\n"
            + "  kernelbuild boot info --json *.img       the same for programs\n"
            + "  kernelbuild patches check SERIES --git linux --commit v6.12\n"
            + "                                           whether a series applies, and if not, why\n"
            + "  kernelbuild boot verify boot.img         id, digest, signature, key: four answers\n"
            + "  kernelbuild boot set boot.img --kernel Image --key key.pem -o new.img\n"
            + "  kernelbuild dt show board.dtb            a device tree as source; also apply, diff, edit\n"
            + "  kernelbuild iommu groups --help          which devices share an IOMMU group, and why; also explain, fix, lint, report\n"
            + "  kernelbuild config why VFIO_PCI --tree linux --config .config\n"
            + "                                           what a symbol lacks; also diff, check, show\n"
            + "  kernelbuild cache why drivers/pci/probe.o --device virt\n"
            + "                                           what an object missed the compiler cache for\n"
            + "  kernelbuild kernel symbols boot.img      what a stripped kernel tells: also info, config, callers, trace, tables, "
            + "properties …\n"
            + "  kernelbuild artifact verify artifacts/DEVICE\n"
            + "                                           whether a build's folder is what it says; also diff, sign\n\n"
            + "The tools of AOSP, with their own options: kernelbuild mkbootimg|unpack_bootimg|certify_bootimg|avbtool|mkdtboimg …\n\n"
            + "Exit codes: 0 done; 1 something in a file is wrong; 2 wrong usage, or a file cannot be read.\n"
            + "Findings have codes, KB and four digits; each is explained in docs/codes.")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
        }
            .With(
                arguments,
                ("boot", BootCommands.Create),
                ("patches", PatchesCommand.Create),
                ("avb", AvbCommand.Create),
                ("dtbo", DtboCommand.Create),
                ("dt", DeviceTrees.DeviceTreeCommands.Create),
                ("iommu", Iommu.IommuCommands.Create),
                ("kernel", Kernels.KernelCommands.Create),
                ("config", Config.ConfigCommands.Create),
                ("artifact", Artifacts.ArtifactCommands.Create),
                ("cache", Cache.CacheCommands.Create),
                ("source", Source.SourceCommands.Create));
    }

    private static Stack<string> CommandPath(System.CommandLine.Parsing.SymbolResult? result)
    {
        var names = new Stack<string>();
        for (; result is not null; result = result.Parent)
        {
            if (result is System.CommandLine.Parsing.CommandResult command)
            {
                names.Push(command.Command.Name);
            }
        }

        return names;
    }
}
