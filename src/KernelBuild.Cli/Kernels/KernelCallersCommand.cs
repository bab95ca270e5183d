using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel callers IMAGE FUNCTION…</c>.</summary>
internal static class KernelCallersCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var functions = KernelOptions.Functions("Functions by name", ArgumentArity.OneOrMore);
        var json = KernelOptions.Json();
        var command = new Command(
            "callers",
            "Shows who calls functions: direct calls, tables that point to them, and, where the kernel carries types (BTF), the calls "
            + "through the members of such tables.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel callers vmlinuz pci_device_group arm_smmu_device_group\n"
            + "  kernelbuild kernel callers --json boot.img of_iommu_configure")
        {
            image,
            functions,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var wanted = result.GetValue(functions)!.SelectMany(name => KernelOptions.Find(kernel, name)).ToArray();
            var callers = new CallerSearch(kernel.Image).Of(wanted.Select(symbol => symbol.Address).ToHashSet());
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelCallersReport(
                        kernel.Path,
                        [.. wanted.Select(symbol => new CalledInfo(
                            symbol.Name, KernelOptions.Hex(symbol.Address), [.. callers[symbol.Address].Select(ReferenceText.InfoOf)]))]),
                            KernelJson.Default.KernelCallersReport);
                return ExitCode.Done;
            }

            foreach (var symbol in wanted)
            {
                var references = callers[symbol.Address].ToArray();
                output.WriteLine($"{symbol.Name} at {KernelOptions.Hex(symbol.Address)}: {Counted.Of(references.Length, "reference")}");
                foreach (var reference in references)
                {
                    output.WriteLine("  " + ReferenceText.Of(reference));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
