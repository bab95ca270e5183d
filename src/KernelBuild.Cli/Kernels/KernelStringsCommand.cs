using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel strings IMAGE TEXT</c>.</summary>
internal static class KernelStringsCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var text = Arguments.File("TEXT", "What the strings must contain");
        var json = KernelOptions.Json();
        var command = new Command(
            "strings",
            "Shows the strings of a kernel that contain a text, and the functions and tables that refer to each.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel strings boot.img qcom,iommu\n"
            + "  kernelbuild kernel strings --json vmlinuz iommu-map")
        {
            image,
            text,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            kernel.Symbols();
            var found = new StringSearch(kernel.Image).Find(result.GetValue(text)!);
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelStringsReport(
                        kernel.Path,
                        [.. found.Select(one => new TextInfo(
                            KernelOptions.Hex(one.Address), one.Text, [.. one.References.Select(ReferenceText.InfoOf)]))]),
                    KernelJson.Default.KernelStringsReport);
                return ExitCode.Done;
            }

            foreach (var one in found)
            {
                output.WriteLine($"{KernelOptions.Hex(one.Address)} \"{one.Text}\"");
                foreach (var reference in one.References)
                {
                    output.WriteLine("  " + ReferenceText.Of(reference));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
