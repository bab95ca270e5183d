using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Elf;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel elf IMAGE -o FILE</c>.</summary>
internal static class KernelElfCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var target = new Option<string>("--output", "-o") { Description = "Where to write", Required = true };
        var json = KernelOptions.Json();
        var command = new Command(
            "elf",
            "Writes the kernel as an ELF file with sections and symbols, for Ghidra, IDA, radare2, gdb and objdump.\n\n"
            + "Example: kernelbuild kernel elf boot.img -o vmlinux.elf && gdb vmlinux.elf")
        {
            image,
            target,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var count = kernel.Symbols().Count;
            var file = ElfExport.Write(kernel.Image);
            var path = result.GetValue(target)!;
            OutputFile.Write(path, file);
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, new KernelElfReport(kernel.Path, path, file.Length, count), KernelJson.Default.KernelElfReport);
            }
            else
            {
                output.WriteLine($"{path}: {file.Length} bytes, {Counted.Of(count, "symbol")}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
