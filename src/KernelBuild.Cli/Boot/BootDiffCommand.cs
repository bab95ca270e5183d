using System.CommandLine;
using KernelBuild.BootImages.Comparison;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot diff STOCK NEW</c>.</summary>
internal static class BootDiffCommand
{
    public static Command Create()
    {
        var stock = Arguments.File("STOCK", "The image that the device runs now");
        var changed = Arguments.File("NEW", "The image to flash instead");
        var vendorBoot = Arguments.Text(
            "--vendor-boot", "The device's vendor_boot image: its ramdisk must be compressed as the new one is");
        var partitionSize = Arguments.Text("--partition-size", "Bytes of the partition; the stock file's size when it ends with AVB data");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "diff",
            "Says section by section what differs, and whether the new image can be flashed.\n\nExit codes: 0 it can; 1 it cannot; 2 wrong "
            + "usage.\n\nExample: kernelbuild boot diff stock-boot.img boot.img")
        {
            stock,
            changed,
            vendorBoot,
            partitionSize,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var first = InputImage.Read(result.GetValue(stock)!);
            var second = InputImage.Read(result.GetValue(changed)!);
            var vendor = result.GetValue(vendorBoot) is { } path ? InputImage.Read(path).File : null;
            var comparison = ImageComparison.Of(
                first.File, second.File, vendor, Numbers.ParseSize("--partition-size", result.GetValue(partitionSize)));
            var isFlashable = comparison.Findings.All(f => f.Severity != DiagnosticSeverity.Error);
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new DiffReport(first.Path, second.Path, comparison.IsSame, isFlashable, [.. comparison.Changes.Select(ChangeInfo.From)])
                    {
                        Findings = [.. comparison.Findings.Select(FindingInfo.From)],
                    },
                    BootJson.Default.DiffReport);
            }
            else
            {
                Write(comparison, isFlashable, output);
            }

            return isFlashable ? ExitCode.Done : ExitCode.Findings;
        });
        return command;
    }

    private static void Write(ImageComparison comparison, bool isFlashable, TextWriter output)
    {
        ChangeText.Write(comparison.Changes, output);
        foreach (var finding in comparison.Findings)
        {
            FindingText.Write(finding, output);
        }

        output.WriteLine(comparison.IsSame ? "the images are the same" : isFlashable ? "it can be flashed" : "do not flash it");
    }
}
