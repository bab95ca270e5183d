using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel symbols IMAGE</c>.</summary>
internal static class KernelSymbolsCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var json = KernelOptions.Json();
        var command = new Command(
            "symbols",
            "Prints the kernel's own symbols in the format of /proc/kallsyms: address, type as nm has it, name. The addresses are those "
            + "the kernel was linked to, "
            + "which is where it runs with 'nokaslr'.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel symbols boot.img > System.map\n"
            + "  kernelbuild kernel symbols vmlinuz | grep -w pci_device_group")
        {
            image,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var symbols = kernel.Symbols();
            if (result.GetValue(json))
            {
                var all = Enumerable.Range(0, symbols.Count).Select(index => symbols[index]);
                JsonOutput.Write(
                    output,
                    new KernelSymbolsReport(
                        kernel.Path,
                        [.. all.Select(symbol => new SymbolInfo(
                            KernelOptions.Hex(symbol.Address), symbol.Type.ToString(CultureInfo.InvariantCulture), symbol.Name))]),
                            KernelJson.Default.KernelSymbolsReport);
            }
            else
            {
                ByteOutput.Write(output, symbols.WriteProcKallsyms);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
