using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>Looks whether a running device is what was built: slot, kernel, groups and, where it is asked for, the binding.</summary>
/// <param name="shell">The device.</param>
/// <param name="backups">Of the project, with the journals of its flashes.</param>
/// <param name="log">Where it says what it does.</param>
public sealed class DeviceCheckRun(IDeviceShell shell, BackupFolder backups, IBuildLog log)
{
    /// <summary>a or b: the slot that should run; null for that of the last flash.</summary>
    public string? Slot { get; init; }

    /// <summary>The groups that the project expects of the device; null when it states none.</summary>
    public string? ExpectedGroups { get; init; }

    /// <summary>PCI functions whose binding is tried.</summary>
    public ImmutableArray<string> Functions { get; init; } = [];

    /// <returns>Warnings for what could not be compared.</returns>
    /// <exception cref="DiagnosticException">
    /// KB9033 for what differs, KB9014, KB9016, KB9031, KB9046 and KB9047 of the binding, KB9008 and KB9010 for the question, KB9027.
    /// </exception>
    public async Task<ImmutableArray<Diagnostic>> RunAsync(
        KernelIdentity built, Capture capture, CancellationToken cancellationToken)
    {
        var running = await DeviceIdentity.ReadAsync(shell, cancellationToken);
        if (running.SlotSuffix.Length > 0)
        {
            log.Status($"slot {running.SlotSuffix[1..]} runs");
        }

        var findings = new List<Diagnostic>(RunningSlot.Check(running.SlotSuffix, Slot, backups.LastOf(running.SerialNumber)));
        findings.AddRange(DeviceCheck.CompareKernel(built, running.Kernel));
        var isBuilt = findings.All(finding => finding.Severity != DiagnosticSeverity.Error);
        findings.AddRange(DeviceCheck.CompareGroups(capture));
        findings.AddRange(ExpectedGroups is null ? [] : ExpectedDeviceGroups.Check(ExpectedGroups, capture));
        foreach (var function in Functions)
        {
            if (!isBuilt)
            {
                findings.Add(Diagnostic.Warning(
                    DiagnosticCodes.DeviceSilent, $"the binding of {function} was not tried: what runs is not what was built",
                    "bring the device to the build first, then run CheckDevice again"));
                continue;
            }

            var trial = await new BindingTrial(shell, running.Root, capture).RunAsync(function, cancellationToken);
            findings.AddRange(trial);
            if (trial.IsEmpty)
            {
                log.Status($"{function}: vfio-pci takes it, and it is back with its driver");
            }
        }

        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            throw new DiagnosticException([.. findings]);
        }

        if (running.Kernel.Banner.Length > 0)
        {
            log.Status($"the device runs what was built: {running.Kernel.Banner}");
        }

        return [.. findings];
    }
}
