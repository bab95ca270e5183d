using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu groups</c>.</summary>
internal static class IommuGroupsCommand
{
    public static Command Create()
    {
        var machine = new MachineOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/iommu-groups.md" };
        var command = new Command(
            "groups",
            "Predicts the IOMMU groups from device tree and configuration space, as a tree.\n\n"
            + "Example: kernelbuild iommu groups --device-tree board.dtb --config-space lspci.txt --kernel 6.12 --json")
        {
            json,
        };
        machine.AddTo(command);
        command.OnRun((result, output, errors) => Run(machine.Of(result), result.GetValue(json), output, errors));
        return command;
    }

    private static int Run(MachineSource source, bool json, TextWriter output, TextWriter errors)
    {
        if (!Machine.TryRead(source, out var machine, out var error))
        {
            throw new DiagnosticException(error);
        }

        var prediction = machine.Predict();
        if (json)
        {
            JsonOutput.Write(
                output,
                new GroupsReport(
                    [.. prediction.Groups.Select(group => new GroupInfo(group.Id, group.Devices))],
                    [.. prediction.Ungrouped.Select(decision => UngroupedInfo.From(decision))],
                    [.. prediction.Unknown.Select(decision => UngroupedInfo.From(decision))],
                    [.. machine.Recorded.Groups.Select(group => new GroupInfo(group.Id, group.Devices))],
                    machine.Options.Kernel.ToString())
                {
                    Names = [.. machine.Topology.Functions.Select(function => DeviceNameInfo.From(function, machine.Names))],
                    Findings = [.. machine.Warnings.Select(FindingInfo.From)],
                },
                IommuJson.Default.GroupsReport);
            return ExitCode.Done;
        }

        TopologyText.Write(machine.Topology, prediction, output, machine.Names);
        if (prediction.Unknown.Any() && !machine.Recorded.Groups.IsEmpty)
        {
            output.WriteLine("the groups that Linux had formed when this was captured:");
            foreach (var group in machine.Recorded.Groups)
            {
                output.WriteLine($"  {string.Join(' ', group.Devices)}");
            }
        }

        CommandFrame.Warn(machine.Warnings, errors);

        return ExitCode.Done;
    }
}
