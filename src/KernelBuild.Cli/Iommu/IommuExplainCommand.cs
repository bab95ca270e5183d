using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu explain DEVICE [DEVICE]</c>.</summary>
internal static class IommuExplainCommand
{
    public static Command Create()
    {
        var devices = new Argument<string[]>("DEVICE")
        {
            Description = "One device, or two to explain why they share a group; as 0000:01:00.0 or 1dc4000.dma-controller",
            Arity = new ArgumentArity(1, 2),
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/iommu-groups.md" };
        var machine = new MachineOptions();
        var command = new Command(
            "explain",
            "Explains a device's group: the rule, the evidence, the kernel's function, who must go along, and whether VFIO accepts the "
            + "group.\n\n"
            + "Examples:\n"
            + "  kernelbuild iommu explain 0000:01:00.0 --capture phone.capture\n"
            + "  kernelbuild iommu explain 01:00.0 02:00.0 --device-tree board.dtb --config-space lspci.txt")
        {
            devices,
            json,
        };
        machine.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            machine.Of(result), result.GetValue(devices)!, result.GetValue(json), output, errors));
        return command;
    }

    private static int Run(MachineSource source, string[] names, bool json, TextWriter output, TextWriter errors)
    {
        if (!Machine.TryRead(source, out var machine, out var error))
        {
            throw new DiagnosticException(error);
        }

        var prediction = machine.Predict();
        var decisions = new List<GroupDecision>();
        foreach (var name in names)
        {
            if (!DeviceName.TryFind(prediction, name, out var decision, out error))
            {
                throw new DiagnosticException(error);
            }

            decisions.Add(decision);
        }

        var pair = decisions.Count == 2 ? PairExplanation.Of(prediction, decisions[0].Device, decisions[1].Device) : null;
        var reports = decisions.ConvertAll(decision => DeviceInfo.From(
            decision, prediction, GroupViability.Of(prediction, decision.Device, machine.Tree, machine.Options), machine.Names));
        if (json)
        {
            JsonOutput.Write(
                output,
                new ExplainReport(reports, pair is null ? null : new PairInfo(pair.Share, pair.Steps))
                {
                    Findings = [.. machine.Warnings.Select(FindingInfo.From)],
                },
                IommuJson.Default.ExplainReport);
            return ExitCode.Done;
        }

        foreach (var report in reports)
        {
            ExplainText.Write(report, output);
        }

        foreach (var step in pair is null
            ? []
            : (IEnumerable<string>)
            [
                pair.Share is null ? "Whether they share a group is unknown:"
                    : pair.Share == true ? "They share a group:" : "They do not share a group:", .. pair.Steps.Select(step => "  " + step),
            ])
        {
            output.WriteLine(step);
        }

        CommandFrame.Warn(machine.Warnings, errors);

        return ExitCode.Done;
    }
}
