using System.Collections.Immutable;
using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu lint FILE</c>.</summary>
internal static class IommuLintCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A device tree (.dtb)" };
        var space = new Option<string?>("--config-space")
        {
            Description = "lspci -D -xxxx output or a capture: then functions without an IOMMU are named",
        };
        var kernel = new Option<string?>("--kernel") { Description = "The Linux version that is to read the tree; else 6.12" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/iommu-groups.md" };
        var command = new Command(
            "lint",
            "Finds errors in the IOMMU bindings of a device tree, and properties that have no effect.\n\n"
            + "Example: kernelbuild iommu lint board.dtb --kernel 6.12")
        {
            file,
            space,
            kernel,
            json,
        };
        var files = new FindingFiles();
        files.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            result.GetValue(file)!, result.GetValue(space), result.GetValue(kernel), result.GetValue(json),
            findings => files.Write(result, "iommu lint", [(result.GetValue(file)!, findings)]), output, errors));
        return command;
    }

    private static int Run(
        string file, string? space, string? kernel, bool json, Action<IReadOnlyList<Diagnostic>> write, TextWriter output,
        TextWriter errors)
    {
        var version = KernelVersion.Default;
        if (kernel is not null && !KernelVersion.TryParse(kernel, out version))
        {
            throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.KernelVersionInvalid, $"'{kernel}' is not a Linux version", "write it as 6.12 or 6.1.192"));
        }

        if (!DeviceTreeFile.TryRead(file, out var tree, out var error) || !TryTopology(space, out var topology, out var missing, out error))
        {
            throw new DiagnosticException(error);
        }

        ImmutableArray<Diagnostic> findings = [.. BindingLinter.Lint(new IommuTree(tree), version, topology), .. missing];
        write(findings);
        if (json)
        {
            JsonOutput.Write(
                output,
                new LintReport(file, version.ToString()) { Findings = [.. findings.Select(FindingInfo.From)] },
                IommuJson.Default.LintReport);
        }
        else
        {
            foreach (var finding in findings)
            {
                output.WriteLine(finding with { File = file });
            }

            output.WriteLine($"{Counted.Of(findings.Length, "finding")} for Linux {version}");
        }

        return ExitCode.Of(findings);
    }

    private static bool TryTopology(string? path, out PciTopology? topology, out ImmutableArray<Diagnostic> missing, out Diagnostic error)
    {
        topology = null;
        missing = [];
        error = null!;
        if (path is null)
        {
            return true;
        }

        if (!CaptureInput.TryRead(path, out var capture, out error!))
        {
            return false;
        }

        topology = capture.ToTopology();
        missing = [.. CaptureReader.Check(capture).Select(finding => finding with { File = path })];
        return true;
    }
}
