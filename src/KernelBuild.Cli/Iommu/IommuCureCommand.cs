using System.CommandLine;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Curing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu cure [DEVICE]</c>.</summary>
internal static class IommuCureCommand
{
    public static Command Create()
    {
        var device = new Argument<string?>("DEVICE") { Description = "The device to set apart; without it, whatever makes more groups", Arity = ArgumentArity.ZeroOrOne };
        var accept = new Option<bool>("--accept-asserted") { Description = "Also write changes whose isolation is only asserted, not enforced by hardware" };
        var apply = new Option<string?>("--write") { Description = "NAME of a cure whose change is written to --output" };
        var artifact = new Option<string?>("--as") { Description = "With --write: overlay, source, shell or \"command line\"; else the cure's first" };
        var file = new Option<string?>("--output", "-o") { Description = "The file for --write" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/iommu-groups.md" };
        var machine = new MachineOptions();
        var command = new Command(
            "cure",
            "Lists what changes a device's group, the least invasive first, each with the groups before and after, its cost, and whether the isolation is enforced by hardware or only asserted.\n\n"
            + "Examples:\n"
            + "  kernelbuild iommu cure 0000:01:00.0 --capture phone.capture\n"
            + "  kernelbuild iommu cure 0000:01:00.0 --capture phone.capture --write iommu-map-mask --as overlay --output isolate.dtso")
        {
            device,
            accept,
            apply,
            artifact,
            file,
            json,
        };
        machine.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            machine.Of(result),
            new CureRequest(result.GetValue(device), result.GetValue(accept), result.GetValue(apply), result.GetValue(artifact), result.GetValue(file), result.GetValue(json)),
            output,
            errors));
        return command;
    }

    private static int Run(MachineSource source, CureRequest request, TextWriter output, TextWriter errors)
    {
        if (!Machine.TryRead(source, out var machine, out var error))
        {
            return CommandFrame.Fail(error, errors);
        }

        var before = machine.Predict();
        string? device = null;
        if (request.Device is not null)
        {
            if (!DeviceName.TryFind(before, request.Device, out var decision, out error))
            {
                return CommandFrame.Fail(error, errors);
            }

            device = decision.Device;
        }

        var cures = CureFinder.Find(machine.Tree, machine.Topology, machine.Options, device);
        if (request.Write is not null)
        {
            CommandFrame.Warn(machine.Warnings, errors);
            return Write(cures.FirstOrDefault(cure => cure.Name == request.Write), request, errors);
        }

        // what is not known of the machine decides which changes there are
        List<Diagnostic> findings = [.. machine.Warnings];
        if (cures.Any(cure => !IsShown(cure, request.AcceptAsserted)))
        {
            findings.Add(Diagnostic.Note(
                DiagnosticCodes.CureOnlyAsserted, "the changes whose isolation is only asserted are not shown; --accept-asserted shows them"));
        }

        if (request.Json)
        {
            JsonOutput.Write(
                output,
                new CureReport(device, before.Groups.Length, [.. cures.Select(cure => CureInfo.From(cure, device, request.AcceptAsserted))])
                {
                    Findings = [.. findings.Select(FindingInfo.From)],
                },
                IommuJson.Default.CureReport);
            return ExitCode.Done;
        }

        output.WriteLine(device is null
            ? $"now: {Counted.Of(before.Groups.Length, "group")}"
            : $"now: {device} {GroupOf(before, device)}");
        foreach (var cure in cures)
        {
            output.WriteLine();
            output.WriteLine($"{cure.Name}: {cure.Title}");
            output.WriteLine($"  verdict  {VerdictText.Of(cure.Verdict)}");
            output.WriteLine($"  groups   {before.Groups.Length} -> {cure.After.Groups.Length}{(device is null ? "" : $"; {device} {GroupOf(cure.After, device)}")}");
            output.WriteLine($"  cost     {cure.Cost}");
            foreach (var artifact in cure.Artifacts.Where(_ => IsShown(cure, request.AcceptAsserted)))
            {
                output.WriteLine($"  {artifact.Kind}:");
                output.WriteLine("    " + artifact.Text.TrimEnd('\n').Replace("\n", "\n    ", StringComparison.Ordinal));
            }
        }

        CommandFrame.Warn(findings, errors);
        return ExitCode.Done;
    }

    private static string GroupOf(GroupPrediction prediction, string device) => prediction.Companions(device).Length switch
    {
        0 => "has no group",
        1 => "is alone in its group",
        var count => $"shares its group with {Counted.Of(count - 1, "other device")}",
    };

    public static bool IsShown(Cure cure, bool acceptAsserted) => cure.Verdict != CureVerdict.AssertedOnly || acceptAsserted;

    private static int Write(Cure? cure, CureRequest request, TextWriter errors)
    {
        if (cure is null || request.Output is null)
        {
            return CommandFrame.Fail(
                Diagnostic.Error(
                    DiagnosticCodes.UsageInvalid,
                    request.Output is null ? "--write needs --output FILE" : $"there is no cure '{request.Write}' for this",
                    "kernelbuild iommu cure without --write lists them"),
                errors);
        }

        if (!IsShown(cure, request.AcceptAsserted))
        {
            return CommandFrame.Fail(
                Diagnostic.Error(DiagnosticCodes.CureOnlyAsserted, $"the isolation of '{cure.Name}' is only asserted: {cure.Cost}", "add --accept-asserted, if you know that it is true of your hardware or accept the risk"),
                errors);
        }

        var artifact = request.Kind is null ? cure.Artifacts.FirstOrDefault() : cure.Artifacts.FirstOrDefault(candidate => candidate.Kind == request.Kind);
        if (artifact is null)
        {
            return CommandFrame.Fail(
                Diagnostic.Error(DiagnosticCodes.UsageInvalid, $"'{cure.Name}' has no such form; it has {string.Join(", ", cure.Artifacts.Select(candidate => candidate.Kind))}", "choose one of them with --as"), errors);
        }

        return AtomicOutput.TryWrite(request.Output, Encoding.UTF8.GetBytes(artifact.Text), out var error) ? ExitCode.Done : CommandFrame.Fail(error, errors);
    }

    private sealed record CureRequest(string? Device, bool AcceptAsserted, string? Write, string? Kind, string? Output, bool Json);
}
