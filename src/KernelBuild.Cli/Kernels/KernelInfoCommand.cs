using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Inspection;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel info IMAGE</c>.</summary>
internal static class KernelInfoCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var json = KernelOptions.Json();
        var command = new Command(
            "info",
            "Shows what a kernel file is, layer by layer, with offsets and sizes, and what the kernel states about itself: version, "
            + "compiler, page size, addresses, symbols, types, configuration.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel info boot.img\n"
            + "  kernelbuild kernel info --json vmlinuz | jq .version")
        {
            image,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var report = Report(InputKernel.Read(result.GetValue(image)!));
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, report, KernelJson.Default.KernelInfoReport);
            }
            else
            {
                Write(report, output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static KernelInfoReport Report(InputKernel kernel)
    {
        var facts = KernelFacts.Of(kernel.Image);
        var findings = new List<Diagnostic>();
        if (!kernel.Image.TryGetSymbols(out _, out var error))
        {
            // A kernel without symbols is sound; only most of the other verbs have nothing to say about it.
            findings.Add(error with { Severity = DiagnosticSeverity.Warning });
        }

        return new KernelInfoReport(
            kernel.Path,
            [.. kernel.File
                .WithEmbeddedDeviceTrees()
                .Select(layer => new LayerInfo(NameOf(layer.Kind), layer.Depth, layer.Offset, layer.Size, layer.Detail))],
            facts.Banner, facts.Version, facts.Compiler, kernel.Image.Bytes.Length, kernel.Image.MemorySize, facts.Header?.PageSize,
            facts.AddressBits,
            facts.Base is { } start ? KernelOptions.Hex(start) : null, facts.Header?.TextOffset,
            NameOf(facts.Relocations.ToString()), facts.RelocationCount, facts.Randomized, facts.SymbolCount,
            facts.SymbolForm is { } form ? NameOf(form.ToString()) : null, facts.HasDataSymbols,
            facts.TypeCount, facts.ConfigurationLength)
        {
            Findings = [.. findings.Select(FindingInfo.From)],
        };
    }

    private static void Write(KernelInfoReport report, TextWriter output)
    {
        output.WriteLine(Printable.Text(
            $"{report.File}: arm64 kernel {report.Version}, {report.Size} bytes, {report.MemorySize} in memory"));
        foreach (var layer in report.Layers)
        {
            Line(
                "layer",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{new string(' ', 2 * layer.Depth)}{layer.Kind,-22} offset 0x{layer.Offset:x}  size "
                    + $"{layer.Size}{(layer.Detail.Length == 0 ? "" : "  " + layer.Detail)}"));
        }

        Line("banner", report.Banner ?? "none found");
        Line("compiler", report.Compiler.Length == 0 ? "not said" : report.Compiler);
        Line("page size", report.PageSize?.ToString(CultureInfo.InvariantCulture) ?? "not said");
        Line(
            "linked to",
            report.Base is null
                ? "unknown"
                : $"{report.Base}, {report.AddressBits} bits of virtual addresses, text offset 0x{report.TextOffset:x}");
        Line(
            "relocations",
            report.RelocationCount == 0
                ? "none: it runs where it was linked to"
                : $"{report.RelocationCount} ({report.Relocations}){(report.Randomized ? ", moves itself (KASLR)" : "")}");
        Line(
            "symbols",
            report.Symbols == 0
                ? "none found"
                : $"{report.Symbols}, addresses {report.SymbolForm}, {(report.DataSymbols ? "functions and data" : "functions only")}");
        Line("types", report.Types == 0 ? "none (no BTF)" : $"{report.Types} (BTF)");
        Line(
            "configuration",
            report.ConfigurationSize == 0
                ? "none embedded; kernel config --infer"
                : $"{report.ConfigurationSize} bytes embedded; kernel config");
        foreach (var finding in report.Findings)
        {
            output.WriteLine(Printable.Text($"  {finding.Severity} {finding.Code}: {finding.Message}"));
        }

        void Line(string name, string value) => output.WriteLine(Printable.Text($"  {name,-16} {value}"));
    }

    private static string NameOf(KernelLayerKind kind) => kind switch
    {
        KernelLayerKind.EfiStub => "EFI stub",
        KernelLayerKind.EfiZboot => "EFI zboot",
        KernelLayerKind.Elf => "ELF",
        KernelLayerKind.Arm64Image => "arm64 Image",
        KernelLayerKind.UncompressedImage => "UNCOMPRESSED_IMG",
        KernelLayerKind.RockchipImage => "Rockchip KRNL",
        KernelLayerKind.UBootImage => "U-Boot uImage",
        KernelLayerKind.FlattenedImageTree => "U-Boot FIT",
        _ => NameOf(kind.ToString()),
    };

    /// <summary>"BootImage" becomes "boot image".</summary>
    private static string NameOf(string name) =>
        string.Concat(name.Select((letter, index) =>
            char.IsUpper(letter) ? (index > 0 ? " " : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
