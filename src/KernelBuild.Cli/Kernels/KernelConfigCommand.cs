using System.CommandLine;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Configuration;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel config IMAGE</c>.</summary>
internal static class KernelConfigCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var infer = new Option<bool>("--infer") { Description = "What the symbols prove, also when a configuration is embedded" };
        var json = KernelOptions.Json();
        var command = new Command(
            "config",
            "Prints the configuration that the kernel carries (IKCONFIG), byte for byte. Where there is none, or with --infer, the options "
            + "that its symbols prove, each with the proof; "
            + "an option that is not listed may be off, a module, or not provable.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel config boot.img > .config\n"
            + "  kernelbuild kernel config --infer vmlinuz | grep IOMMU")
        {
            image,
            infer,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            ReadOnlyMemory<byte> text = default;
            if (!result.GetValue(infer) && !EmbeddedConfiguration.TryRead(kernel.Image.Bytes, out text, out var error)
                && error.Offset is not null)
            {
                throw new DiagnosticException(error with { File = kernel.Path });
            }

            if (!text.IsEmpty)
            {
                WriteEmbedded(kernel, Encoding.UTF8.GetString(text.Span), result.GetValue(json), output);
            }
            else
            {
                WriteInferred(kernel, result.GetValue(json), output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteEmbedded(InputKernel kernel, string text, bool json, TextWriter output)
    {
        if (!json)
        {
            output.Write(text);
            return;
        }

        var options = text
            .Split('\n')
            .Where(line => line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.Contains('=', StringComparison.Ordinal))
            .Select(line => new OptionInfo(
                line[..line.IndexOf('=', StringComparison.Ordinal)], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..], null));
        JsonOutput.Write(output, new KernelConfigReport(kernel.Path, "embedded", [.. options]), KernelJson.Default.KernelConfigReport);
    }

    private static void WriteInferred(InputKernel kernel, bool json, TextWriter output)
    {
        var options = InferredConfiguration.Of(kernel.Image);
        if (json)
        {
            JsonOutput.Write(
                output,
                new KernelConfigReport(
                    kernel.Path, "inferred", [.. options.Select(option => new OptionInfo(option.Name, option.Value, option.Evidence))]),
                KernelJson.Default.KernelConfigReport);
            return;
        }

        output.WriteLine(
            "# inferred: the kernel carries no configuration that was asked for; each line is proved by what stands behind it");
        foreach (var option in options)
        {
            output.WriteLine($"{option.Name}={option.Value} # {option.Evidence}");
        }
    }
}
