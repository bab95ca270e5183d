using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.KernelImages.Disassembly;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel disassemble IMAGE FUNCTION…</c>.</summary>
internal static class KernelDisassembleCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var functions = KernelOptions.Functions(KernelOptions.HowToName, ArgumentArity.OneOrMore);
        var json = KernelOptions.Json();
        var command = new Command(
            "disassemble",
            "Lists functions, with the names of what they call and the strings and symbols they point to. Instructions of vectors and of rare "
            + "extensions are shown as .inst: kernel elf and a full disassembler show them.\n\n"
            + "Example: kernelbuild kernel disassemble boot.img arm_smmu_device_group")
        {
            image,
            functions,
            json,
        };
        command.OnRun((result, output, errors) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var found = KernelOptions.Find(kernel, result.GetValue(functions)!);
            var disassembler = new Disassembler(kernel.Image);
            if (result.GetValue(json))
            {
                var listings = found.Symbols.Select(symbol => new FunctionListing(symbol.Name, [
                    .. disassembler.List(symbol.Address).Select(line => new LineInfo(
                        KernelOptions.Hex(line.Address), line.Word.ToString("x8", CultureInfo.InvariantCulture), line.Text, line.Note)),
                ])).ToArray();
                var first = listings.FirstOrDefault();
                JsonOutput.Write(
                    output, new KernelListingReport(kernel.Path, first?.Function, first?.Lines ?? [], listings) { Findings = found.Findings },
                    KernelJson.Default.KernelListingReport);
                return found.Finish(errors);
            }

            foreach (var symbol in found.Symbols)
            {
                output.WriteLine($"{symbol.Name}:");
                foreach (var line in disassembler.List(symbol.Address))
                {
                    output.WriteLine(Printable.Text(string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {line.Address:x16}: {line.Word:x8}  "
                        + $"{line.Text.Replace('\t', ' ')}{(line.Note.Length == 0 ? "" : "  // " + line.Note)}")));
                }
            }

            return found.Finish(errors);
        });
        return command;
    }
}
