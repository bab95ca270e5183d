using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Handover;

/// <summary>Plans the handing over of a device: refuses what VFIO would refuse, and includes what must go along.</summary>
public static class GuestPlanner
{
    /// <param name="device">A PCI function by its address, or a device of the platform.</param>
    public static GuestPlan Plan(
        GroupPrediction prediction, string device, IommuTree tree, PredictionOptions options, GuestSettings settings)
    {
        var decision = prediction.Of(device)!;
        if (decision.IsUnknown || decision.Group is null)
        {
            return GuestPlan.Refused(Diagnostic.Error(
                DiagnosticCodes.DeviceNotGiven,
                decision.IsUnknown
                    ? $"whether {device} can be handed over is unknown: {decision.Reason}"
                    : $"{device} is in no IOMMU group, and VFIO takes nothing without one",
                decision.IsUnknown
                    ? "capture the machine as root: kernelbuild iommu capture"
                    : $"see why: kernelbuild iommu explain {device}"));
        }

        if (decision.Function is not { } function)
        {
            return GuestPlan.Refused(PlatformDevice(device));
        }

        if (function.HeaderType != 0)
        {
            return GuestPlan.Refused(Diagnostic.Error(
                DiagnosticCodes.DeviceNotGiven, $"{device} is a bridge: bridges stay with the host", "name a function behind it"));
        }

        var viability = GroupViability.Of(prediction, device, tree, options)!;
        if (!viability.IsCoherent && options.Kernel.VfioNeedsCoherency)
        {
            return GuestPlan.Refused(Diagnostic.Error(
                DiagnosticCodes.DeviceNotGiven,
                $"vfio-pci refuses {device}: "
                    + viability.Warnings.First(warning => warning.Contains("coheren", StringComparison.Ordinal)),
                $"see what can be done: kernelbuild iommu fix {device}"));
        }

        var others = prediction.Companions(device).Where(name => name != device).Select(name => prediction.Of(name)!).ToArray();
        var endpoints = others.Where(other => other.Function is { HeaderType: 0 }).ToArray();
        bool IsBlocking(GroupDecision other) => viability.Blockers.Any(blocker => IsAbout(blocker, other.Device));
        var staying = others.Where(other => other.Function is not { HeaderType: 0 } && IsBlocking(other)).ToArray();
        if (staying.Length > 0)
        {
            return GuestPlan.Refused(Shared(
                device, staying, "cannot be handed over with it", $"separate them: kernelbuild iommu fix {device}"));
        }

        var used = endpoints.Where(IsBlocking).ToArray();
        if (used.Length > 0 && !settings.WithGroup)
        {
            return GuestPlan.Refused(Shared(
                device, used, "would have to leave the host",
                $"separate them (kernelbuild iommu fix {device}), or give all of them away: --with-group"));
        }

        return Make(function, [.. endpoints.Select(other => other.Function!)], tree, viability, settings);
    }

    private static bool IsAbout(string blocker, string device) =>
        blocker == device || blocker.StartsWith(device + " ", StringComparison.Ordinal);

    private static Diagnostic Shared(string device, GroupDecision[] others, string what, string fix) => Diagnostic.Error(
        DiagnosticCodes.DeviceNotGiven,
        $"the group of {device} is not viable: {Counted.Of(others.Length, "other device", "other devices")} of it {what}", fix) with
    {
        Details = [.. others.Select(other => other.Function?.Driver is { } driver
            ? $"{other.Device} is bound to {driver}: echo {other.Device} > /sys/bus/pci/drivers/{driver}/unbind"
            : $"{other.Device}: its driver is not known, or it is a device of the platform")],
    };

    private static Diagnostic PlatformDevice(string device) => Diagnostic.Error(
        DiagnosticCodes.DeviceNotGiven,
        $"{device} is a device of the platform: QEMU hands over only those whose node it knows how to write",
        "vfio-platform needs a reset driver of the kernel for it; crosvm takes it with --vfio /sys/bus/platform/devices/" + device
            + ",iommu=viommu,dt-symbol=LABEL and an overlay: docs/guide/guests.md");

    private static GuestPlan Make(
        PciFunction function, ImmutableArray<PciFunction> others, IommuTree tree, GroupViability viability, GuestSettings settings)
    {
        var machine = GuestMachine.Of(tree);
        ImmutableArray<PciFunction> functions = [function, .. others];
        var notes = ImmutableArray.CreateBuilder<string>();
        notes.AddRange(viability.Warnings);
        notes.AddRange(Notes(machine, tree, settings));
        return new GuestPlan(
            [.. functions.Select(one => one.Address.ToString())],
            [.. functions.SelectMany(BindLines)], [.. functions.SelectMany(UnbindLines)],
            EmulatorCommand.Of(machine, functions, settings), LibvirtDomain.Of(machine, functions, settings),
            notes.ToImmutable(), []);
    }

    private static IEnumerable<string> BindLines(PciFunction function)
    {
        var (address, path) = (function.Address, $"/sys/bus/pci/devices/{function.Address}");
        var driver = function.Driver is { } bound ? "bound to " + bound : function.IsDriverUnknown ? "driver not known" : "no driver";
        yield return $"# {address} {function.VendorId:x4}:{function.DeviceId:x4}, {driver}";
        yield return $"[ ! -e {path}/driver ] || echo {address} > {path}/driver/unbind";
        yield return $"echo vfio-pci > {path}/driver_override";
        yield return $"echo {address} > /sys/bus/pci/drivers_probe";
        yield return $"[ \"$(basename \"$(readlink {path}/driver)\")\" = vfio-pci ]";
    }

    private static IEnumerable<string> UnbindLines(PciFunction function)
    {
        var (address, path) = (function.Address, $"/sys/bus/pci/devices/{function.Address}");
        yield return $"echo {address} > {path}/driver/unbind";
        yield return $"echo > {path}/driver_override";
        yield return $"echo {address} > /sys/bus/pci/drivers_probe";
    }

    private static IEnumerable<string> Notes(GuestMachine machine, IommuTree tree, GuestSettings settings)
    {
        if (tree.IsAcpiStub)
        {
            yield return "the machine boots with ACPI: its interrupt controller and processors are not in the input; the command line "
                + "takes the host's";
        }
        else if (machine.GicVersion is null)
        {
            yield return "the tree names no interrupt controller that is known here: gic-version=host takes the machine's";
        }
        else if (machine is { GicVersion: 3, HasIts: false })
        {
            yield return "the GICv3 has no ITS in the tree: message-signalled interrupts need one, and a function without INTx gets none";
        }

        if (machine.Clusters.Length > 1)
        {
            yield return "processors are of several kinds ("
                + string.Join(", ", machine.Clusters.Select(cluster => $"{cluster.Compatible}: {Range(cluster)}"))
                + "): KVM's -cpu host needs all of a guest's on one kind, so the emulator is kept on the last";
        }

        yield return "the SMMU drivers keep 0x8000000 to 0x80fffff of the guest's addresses for MSI: QEMU's machine has no memory there";
        yield return "the page size of the host is not in the input (getconf PAGESIZE): with 16 or 64 KiB a BAR smaller than that is "
            + "emulated, not mapped";
        if (settings.Kernel is null)
        {
            yield return "no --kernel: the guest starts from firmware; Debian's qemu-efi-aarch64 has /usr/share/AAVMF/AAVMF_CODE.fd";
        }
    }

    internal static string Range(CpuCluster cluster) =>
        string.Join(',', cluster.Processors.Select(number => number.ToString(CultureInfo.InvariantCulture)));
}
