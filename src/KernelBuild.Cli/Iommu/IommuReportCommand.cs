using System.CommandLine;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu report --output FILE</c>.</summary>
internal static class IommuReportCommand
{
    public static Command Create()
    {
        var file = new Option<string>("--output", "-o") { Description = "The page to write (.html)", Required = true };
        var device = new Option<string?>("--device") { Description = "Show the fixes for this device; else those for the machine" };
        var accept = new Option<bool>("--accept-asserted")
        {
            Description = "Also show changes whose isolation is only asserted, not enforced by hardware",
        };
        var title = new Option<string>("--title") { Description = "The page's title", DefaultValueFactory = _ => "IOMMU groups" };
        var machine = new MachineOptions();
        var command = new Command(
            "report",
            "Writes one self-contained HTML page: the PCI tree with its groups, why each device is where it is, and the groups before and "
            + "after each fix; and the tree to the terminal.\n\n"
            + "Example: kernelbuild iommu report --capture phone.capture --output groups.html")
        {
            file,
            device,
            accept,
            title,
        };
        machine.AddTo(command);
        command.OnRunAsync((result, output, errors, cancellationToken) => RunAsync(
            machine.Of(result),
            new Page(result.GetValue(file)!, result.GetValue(device), result.GetValue(title)!, result.GetValue(accept)), output, errors,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        MachineSource source, Page page, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        if (!Machine.TryRead(source, out var machine, out var error))
        {
            throw new DiagnosticException(error);
        }

        var prediction = machine.Predict();
        var device = page.Device;
        if (device is not null)
        {
            if (!DeviceName.TryFind(prediction, device, out var decision, out error))
            {
                throw new DiagnosticException(error);
            }

            device = decision.Device;
        }

        var fixes = FixFinder.Find(machine.Tree, machine.Topology, machine.Options, device);
        var html = HtmlReport.Write(page.Title, machine.Tree, machine.Topology, machine.Options, prediction, fixes, new HtmlPageOptions
        {
            Names = machine.Names,
            Device = device,
            AcceptAsserted = page.AcceptAsserted,
            Diagram = await TopologyDrawing.DrawAsync(machine, cancellationToken),
        });
        if (!AtomicOutput.TryWrite(page.Path, Encoding.UTF8.GetBytes(html), out error))
        {
            throw new DiagnosticException(error);
        }

        TopologyText.Write(machine.Topology, prediction, output, machine.Names);
        CommandFrame.Warn(machine.Warnings, errors);
        return ExitCode.Done;
    }

    private sealed record Page(string Path, string? Device, string Title, bool AcceptAsserted);
}
