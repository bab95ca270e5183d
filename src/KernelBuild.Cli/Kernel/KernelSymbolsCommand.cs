using System.CommandLine;

namespace KernelBuild.Cli.Kernel;

/// <summary><c>kernelbuild kernel symbols IMAGE</c>.</summary>
internal static class KernelSymbolsCommand
{
    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "boot.img, a compressed or raw kernel, or vmlinux");
        var command = new Command(
            "symbols",
            "Prints the kernel's own symbols in the format of /proc/kallsyms: address, type as nm has it, name. The addresses are those the kernel was linked to, "
            + "which is where it runs with 'nokaslr'.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel symbols boot.img > System.map\n"
            + "  kernelbuild kernel symbols vmlinuz | grep -w pci_device_group")
        {
            image,
        };
        command.OnRun((result, output, _) =>
        {
            var symbols = InputKernel.Read(result.GetValue(image)!).Symbols();
            ByteOutput.Write(output, symbols.WriteProcKallsyms);
            return ExitCode.Done;
        });
        return command;
    }
}
