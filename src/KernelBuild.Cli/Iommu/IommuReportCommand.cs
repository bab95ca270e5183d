using System.CommandLine;
using System.Text;
using KernelBuild.Cli.CommandLine;
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
            title,
        };
        machine.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            machine.Of(result), result.GetValue(file)!, result.GetValue(device), result.GetValue(title)!, output, errors));
        return command;
    }

    private static int Run(MachineSource source, string path, string? device, string title, TextWriter output, TextWriter errors)
    {
        if (!Machine.TryRead(source, out var machine, out var error))
        {
            return CommandFrame.Fail(error, errors);
        }

        var prediction = machine.Predict();
        if (device is not null)
        {
            if (!DeviceName.TryFind(prediction, device, out var decision, out error))
            {
                return CommandFrame.Fail(error, errors);
            }

            device = decision.Device;
        }

        var fixes = FixFinder.Find(machine.Tree, machine.Topology, machine.Options, device);
        var page = HtmlReport.Write(title, machine.Tree, machine.Topology, machine.Options, prediction, fixes);
        if (!AtomicOutput.TryWrite(path, Encoding.UTF8.GetBytes(page), out error))
        {
            return CommandFrame.Fail(error, errors);
        }

        TopologyText.Write(machine.Topology, prediction, output);
        CommandFrame.Warn(machine.Warnings, errors);

        return ExitCode.Done;
    }
}
