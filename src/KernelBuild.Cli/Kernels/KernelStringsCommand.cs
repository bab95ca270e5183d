using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.CrossReferences;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel strings IMAGE TEXT</c>.</summary>
internal static class KernelStringsCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var texts = new Argument<string[]>("TEXT")
        {
            Description = "What the strings must contain; one of several",
            Arity = ArgumentArity.OneOrMore,
        };
        texts.Validators.Add(KernelOptions.RefuseOptions);
        var ignoreCase = new Option<bool>("--ignore-case", "-i") { Description = "Take letters of both cases for one" };
        var json = KernelOptions.Json();
        var command = new Command(
            "strings",
            "Shows the strings of a kernel that contain a text, and the functions and tables that refer to each.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel strings boot.img qcom,iommu\n"
            + "  kernelbuild kernel strings -i boot.img 'smmu fault' 'context fault'\n"
            + "  kernelbuild kernel strings --json vmlinuz iommu-map")
        {
            image,
            texts,
            ignoreCase,
            json,
        };
        command.OnRun((result, output, errors) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            kernel.Symbols();
            var found = new StringSearch(kernel.Image).Find(result.GetValue(texts)!, result.GetValue(ignoreCase));
            Diagnostic[] missing = found.IsEmpty ? [NoString(kernel.Path, result.GetValue(texts)!)] : [];
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelStringsReport(
                        kernel.Path,
                        [.. found.Select(one => new TextInfo(
                            KernelOptions.Hex(one.Address), one.Text, [.. one.References.Select(ReferenceText.InfoOf)]))])
                    { Findings = [.. missing.Select(FindingInfo.From)] },
                    KernelJson.Default.KernelStringsReport);
                return Finish();
            }

            foreach (var one in found)
            {
                var text = one.Text.Replace("\n", "\\n", StringComparison.Ordinal);
                output.WriteLine(Printable.Text($"{KernelOptions.Hex(one.Address)} \"{text}\""));
                foreach (var reference in one.References)
                {
                    output.WriteLine("  " + ReferenceText.Of(reference));
                }
            }

            return Finish();

            int Finish()
            {
                CommandFrame.Warn(missing, errors);
                return missing.Length == 0 ? ExitCode.Done : ExitCode.Of(missing);
            }
        });
        return command;
    }

    private static Diagnostic NoString(string path, string[] texts) => Diagnostic.Error(
        DiagnosticCodes.KernelStringMissing,
        $"no string of the kernel contains {string.Join(" or ", texts.Select(text => $"'{text}'"))}",
        "try a part of it, or -i; a text that is put together at run time (%s) stands in the kernel in parts") with
    { File = path };
}
