using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu fix [DEVICE]</c>.</summary>
internal static class IommuFixCommand
{
    /// <param name="name">"fix"; "cure" is what it was called before, kept for scripts and not shown in the help.</param>
    public static Command Create(string name = "fix")
    {
        var device = new Argument<string?>("DEVICE")
        {
            Description = "The device to separate; without it, everything that makes more groups",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var accept = new Option<bool>("--accept-asserted")
        {
            Description = "Also write changes whose isolation is only asserted, not enforced by hardware",
        };
        var apply = new Option<string?>("--write") { Description = "NAME of a fix whose change is written to --output" };
        var artifact = new Option<string?>("--as")
        {
            Description = $"With --write: {FixForms.Names}; or overlay, source, shell, \"command line\"; else the fix's first form",
        };
        var file = new Option<string?>("--output", "-o") { Description = "The file for --write" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/iommu-groups.md" };
        var machine = new MachineOptions();
        var command = new Command(
            name,
            "Lists what changes a device's group, the least invasive first, each with the groups before and after, its cost, and whether "
            + "the isolation is enforced by hardware or only asserted.\n\n"
            + "Examples:\n"
            + "  kernelbuild iommu fix 0000:01:00.0 --capture phone.capture\n"
            + "  kernelbuild iommu fix 0000:01:00.0 --capture phone.capture --write iommu-map-mask --as dtbo --output isolate.dtbo")
        {
            device,
            accept,
            apply,
            artifact,
            file,
            json,
        };
        command.Hidden = name != "fix";
        command.Validators.Add(result =>
        {
            if (result.GetValue(apply) is null && (result.GetValue(artifact) ?? result.GetValue(file)) is not null)
            {
                result.AddError("--as and --output say how and where --write NAME writes a fix: name one");
            }
        });
        machine.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            machine.Of(result),
            new FixRequest(
                result.GetValue(device), result.GetValue(accept), result.GetValue(apply), result.GetValue(artifact), result.GetValue(file),
                result.GetValue(json)),
            output,
            errors));
        return command;
    }

    private static int Run(MachineSource source, FixRequest request, TextWriter output, TextWriter errors)
    {
        if (!Machine.TryRead(source, out var machine, out var error))
        {
            throw new DiagnosticException(error);
        }

        var before = machine.Predict();
        string? device = null;
        if (request.Device is not null)
        {
            if (!DeviceName.TryFind(before, request.Device, out var decision, out error))
            {
                throw new DiagnosticException(error);
            }

            device = decision.Device;
        }

        var fixes = FixFinder.Find(machine.Tree, machine.Topology, machine.Options, device);
        if (request.Write is not null)
        {
            CommandFrame.Warn(machine.Warnings, errors);
            return Write(fixes.FirstOrDefault(fix => fix.Name == request.Write), machine.Tree.Index.Tree, request, errors);
        }

        // what is not known of the machine decides which changes there are
        List<Diagnostic> findings = [.. machine.Warnings];
        if (fixes.Any(fix => !IsShown(fix, request.AcceptAsserted)))
        {
            findings.Add(Diagnostic.Note(
                DiagnosticCodes.FixOnlyAsserted,
                "fixes whose isolation is only asserted are listed without their changes; --accept-asserted shows those too"));
        }

        if (request.Json)
        {
            var report = new FixReport(
                device, before.Groups.Length, [.. fixes.Select(fix => FixInfo.From(fix, device, request.AcceptAsserted))]);
            JsonOutput.Write(output, report with { Findings = [.. findings.Select(FindingInfo.From)] }, IommuJson.Default.FixReport);
            return ExitCode.Done;
        }

        output.WriteLine(device is null ? $"now: {Counted.Of(before.Groups.Length, "group")}" : $"now: {device} {GroupOf(before, device)}");
        foreach (var fix in fixes)
        {
            WriteText(fix, before, device, request.AcceptAsserted, output);
        }

        CommandFrame.Warn(findings, errors);
        return ExitCode.Done;
    }

    private static void WriteText(GroupFix fix, GroupPrediction before, string? device, bool acceptAsserted, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{fix.Name}: {fix.Title}");
        output.WriteLine($"  verdict  {VerdictText.Of(fix.Verdict)}");
        output.WriteLine(
            $"  groups   {before.Groups.Length} -> "
            + $"{fix.After.Groups.Length}{(device is null ? "" : $"; {device} {GroupOf(fix.After, device)}")}");
        output.WriteLine($"  cost     {fix.Cost}");
        foreach (var artifact in fix.Artifacts.Where(_ => IsShown(fix, acceptAsserted)))
        {
            output.WriteLine($"  {artifact.Kind}:");
            output.WriteLine("    " + artifact.Text.TrimEnd('\n').Replace("\n", "\n    ", StringComparison.Ordinal));
        }
    }

    private static string GroupOf(GroupPrediction prediction, string device) => prediction.Companions(device).Length switch
    {
        0 => prediction.Of(device) is { IsUnknown: true } ? "has an unknown group" : "has no group",
        1 => "is alone in its group",
        var count => $"shares its group with {Counted.Of(count - 1, "other device")}",
    };

    public static bool IsShown(GroupFix fix, bool acceptAsserted) => fix.Verdict != FixVerdict.AssertedOnly || acceptAsserted;

    private static int Write(GroupFix? fix, KernelBuild.DeviceTrees.Tree.DeviceTree tree, FixRequest request, TextWriter errors)
    {
        if (fix is null || request.Output is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UsageInvalid,
                    request.Output is null ? "--write needs --output FILE" : $"there is no fix '{request.Write}' for this",
                    "kernelbuild iommu fix without --write lists them"));
        }

        if (!IsShown(fix, request.AcceptAsserted))
        {
            throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.FixOnlyAsserted, $"the isolation of '{fix.Name}' is only asserted: {fix.Cost}",
                    "add --accept-asserted, if you know that it is true of your hardware or accept the risk"));
        }

        if (!FixForms.TryWrite(fix, tree, request.Kind, out var bytes, out var error) || !AtomicOutput.TryWrite(request.Output, bytes, out error))
        {
            throw new DiagnosticException(error);
        }

        if (FixForms.PartsBeside(fix, request.Kind) is { Count: > 0 } parts)
        {
            CommandFrame.Warn(
                [
                    Diagnostic.Warning(
                        DiagnosticCodes.FixPartWritten, $"'{fix.Name}' takes effect as a whole, and {request.Output} is one part of it; needed as well: {string.Join("; ", parts)}",
                        "write each part to a file of its own"),
                ],
                errors);
        }

        return ExitCode.Done;
    }

    private sealed record FixRequest(string? Device, bool AcceptAsserted, string? Write, string? Kind, string? Output, bool Json);
}
