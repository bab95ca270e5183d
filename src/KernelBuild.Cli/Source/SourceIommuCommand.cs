using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Source;

/// <summary><c>kernelbuild source iommu TREE</c>.</summary>
internal static class SourceIommuCommand
{
    public static Command Create()
    {
        var tree = new Argument<string>("TREE") { Description = "A kernel's source, or a folder with a part of one" };
        var boards = new Option<bool>("--boards") { Description = "Also list each board with PCI behind an IOMMU" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/iommu-groups.md" };
        var command = new Command(
            "iommu",
            "Lists the IOMMU drivers of a kernel's source with their compatibles and how they form groups, the properties of the device "
            + "tree that drivers read, the DTS nodes that bind them, and the boards with PCI behind an IOMMU.\n\n"
            + "Examples:\n"
            + "  kernelbuild source iommu ~/linux\n"
            + "  kernelbuild source iommu ~/android/kernel/msm-5.15 --json")
        {
            tree,
            boards,
            json,
        };
        command.OnRun((result, output, errors) => Run(
            result.GetValue(tree)!, result.GetValue(boards), result.GetValue(json), output, errors));
        return command;
    }

    private static int Run(string folder, bool boards, bool json, TextWriter output, TextWriter errors)
    {
        if (!SourceTree.TryScan(folder, out var scan, out var files, out var error))
        {
            throw new DiagnosticException(error);
        }

        if (json)
        {
            JsonOutput.Write(output, SourceReport.From(folder, files, scan), SourceJson.Default.SourceReport);
        }
        else
        {
            SourceText.Write(scan, files, boards, output);
        }

        return ExitCode.Done;
    }
}
