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
        var functions = KernelOptions.Functions(KernelOptions.HowToName, ArgumentArity.OneOrMore);
        var json = KernelOptions.Json();
        var command = new Command(
            "callers",
            "Shows who calls functions: direct calls, tables that point to them, and, where the kernel carries types (BTF), the calls "
            + "through the members of such tables. Where none is found, a kernel with kCFI shows the calls that compare the function's "
            + "hash: one of them it is.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel callers vmlinuz pci_device_group arm_smmu_device_group\n"
            + "  kernelbuild kernel callers vmlinuz 'iommu_group_*' 0xffff800080123456 really_probe+0xc4\n"
            + "  kernelbuild kernel callers --json boot.img of_iommu_configure")
        {
            image,
            functions,
            json,
        };
        command.OnRun((result, output, errors) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var found = KernelOptions.Find(kernel, result.GetValue(functions)!);
            var wanted = found.Symbols;
            var callers = new CallerSearch(kernel.Image).Of(wanted.Select(symbol => symbol.Address).ToHashSet(), mostAlike: int.MaxValue);
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelCallersReport(
                        kernel.Path,
                        [.. wanted.Select(symbol => new CalledInfo(
                            symbol.Name, KernelOptions.Hex(symbol.Address), [.. callers[symbol.Address].Select(ReferenceText.InfoOf)]))])
                    { Findings = found.Findings },
                    KernelJson.Default.KernelCallersReport);
                return found.Finish(errors);
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

            return found.Finish(errors);
        });
        return command;
    }
}
