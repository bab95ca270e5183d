using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Passthrough;

/// <summary>Says of one function whether the proof holds, and if not, why.</summary>
/// <param name="Has">What the machine's kernel has.</param>
/// <param name="Asserts">Options of the kernel's command line that assert isolation; empty for none.</param>
/// <param name="Control">What the same DMA did without an IOMMU.</param>
/// <param name="KeptMemoryIsIntact">Whether the memory that DMA was aimed at holds what was written before the boot.</param>
/// <param name="DiskDigests">
/// SHA-256 of the beginning of each disk, read from outside after the guests ended; lower-case hexadecimal.
/// </param>
internal sealed record ProofJudge(
    ImmutableArray<string> Has, string Asserts, ControlResult Control, bool KeptMemoryIsIntact, ImmutableArray<string> DiskDigests)
{
    private const int EINVAL = 22;

    public FunctionProof Judge(FunctionProof proof)
    {
        var findings = ImmutableArray.CreateBuilder<Diagnostic>();
        if (BindingFault(proof) is { } fault)
        {
            return proof with { Findings = [fault], IsolationReason = "the function was not handed over" };
        }

        if (!proof.Members.Any(member => member.Name == proof.Function) || proof.Vfio.GetValueOrDefault("viable") != 1)
        {
            return proof with { Findings = [NotViable(proof)], IsolationReason = "the function was not handed over" };
        }

        foreach (var port in proof.Members.Where(member => member.Driver == "pcieport"))
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.GroupNotViable,
                $"{port.Name}, a port, shares the group of {proof.Function}: its own interrupts fault while a guest has the group",
                "errors and hotplug of that port are lost meanwhile; ACS on the port separates them"));
        }

        var use = GuestConsole.UseOf(proof, DiskDigests);
        if (use is not { Works: true })
        {
            findings.Add(UseFault(proof, use));
        }

        var (verdict, reason) = IsolationOf(proof);
        if (verdict == IsolationVerdict.Broken)
        {
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.IsolationBroken, $"{proof.Function} reached memory outside of its guest: {reason}",
                "the IOMMU does not translate for it: read its messages in the report, and the group's type (identity?)") with
            { Details = proof.Messages });
        }

        if (GuestConsole.IsDmaEngine(proof) && !Control.Arrived)
        {
            findings.Add(Diagnostic.Error(
                DiagnosticCodes.ControlNotBroken,
                "without an IOMMU the same DMA did not arrive either: the isolation test proves nothing here",
                "read the console of the control in the report") with
            { Details = Control.Console });
        }

        var faults = proof.Messages.Count(message => message.Contains("event 0x", StringComparison.Ordinal));
        if (faults > 0 && !GuestConsole.IsDmaEngine(proof))
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.GuestCouldNotUse,
                $"the SMMU reported {Counted.Of(faults, "fault")} while the guest had {proof.Function}") with
            { Details = proof.Messages });
        }

        return proof with { Use = use, Isolation = verdict, IsolationReason = reason, Findings = findings.ToImmutable() };
    }

    private Diagnostic? BindingFault(FunctionProof proof)
    {
        if (!proof.IsPresent)
        {
            return Diagnostic.Error(
                DiagnosticCodes.FunctionNotBound, $"the machine has no PCI function {proof.Function}",
                "name one that it has: ./nuke.sh IommuReport lists them");
        }

        var missing = ((string, string)[])
        [
            ("kvm", "CONFIG_KVM (or EL2)"), ("vfio", "CONFIG_VFIO"), ("vfio-pci", "CONFIG_VFIO_PCI"),
        ];
        var lacks = missing.Where(one => !Has.Contains(one.Item1)).Select(one => one.Item2).ToArray();
        if (lacks.Length > 0)
        {
            return Diagnostic.Error(
                DiagnosticCodes.HostKernelLacks, $"the machine's kernel booted without {string.Join(", ", lacks)}",
                "add the profile: <ConfigFragment Include=\"$(KernelBuildProfiles)kvm-host.config\" />");
        }

        if (proof.BoundDriver == "vfio-pci")
        {
            return null;
        }

        var said = proof.Messages.Any(message => message.Contains($"error -{EINVAL}", StringComparison.Ordinal));
        return Diagnostic.Error(
            DiagnosticCodes.FunctionNotBound,
            proof.Group is null
                ? $"vfio-pci did not take {proof.Function}: it is in no IOMMU group"
                : $"vfio-pci did not take {proof.Function}" + (said
                    ? ": the kernel says error -22, as it does when the IOMMU's driver reports no cache coherency"
                    : ""),
            proof.Group is null
                ? "see why: kernelbuild iommu explain " + proof.Function + " --capture machine.capture"
                : "the IOMMU's node needs dma-coherent where the hardware is: kernelbuild iommu explain "
                    + proof.Function + " --capture machine.capture") with
        { Details = proof.Messages };
    }

    private static Diagnostic NotViable(FunctionProof proof)
    {
        var others = proof.Members
            .Where(member => member.Name != proof.Function && member.Driver is not (null or "vfio-pci" or "pcieport" or "pci-stub"))
            .Select(member => $"{member.Name} ({member.Driver})").ToArray();
        return Diagnostic.Error(
            DiagnosticCodes.GroupNotViable,
            $"the IOMMU group of {proof.Function} cannot be given to a guest: "
                + (others.Length > 0
                    ? $"{string.Join(", ", others)} {(others.Length == 1 ? "is" : "are")} in it, with the host's driver"
                    : "VFIO says that it is not viable"),
            "separate the group (the report says why it is one, and what would change it), or give all of it to the guest") with
        { Details = [.. proof.Members.Select(member => $"{member.Name} {member.Driver ?? "-"}")] };
    }

    private static Diagnostic UseFault(FunctionProof proof, GuestUse? use) => Diagnostic.Error(
        DiagnosticCodes.GuestCouldNotUse,
        use is null
            ? $"the guest that was given {proof.Function} did not get as far as using it"
            : $"the guest could not use {proof.Function}: {use.Description}",
        proof.Vfio.GetValueOrDefault("iommu") < 0
            ? string.Create(
                CultureInfo.InvariantCulture, $"VFIO refused the IOMMU ({proof.Vfio["iommu"]}): read the messages in the report")
            : "read the guest's console in the report; its kernel needs the driver of the function") with
    { Details = [.. proof.Console.TakeLast(12)] };

    private (IsolationVerdict Verdict, string Reason) IsolationOf(FunctionProof proof)
    {
        if (!GuestConsole.IsDmaEngine(proof))
        {
            return Asserts.Length > 0
                ? (IsolationVerdict.Asserted, $"{Asserts} on the command line says so, not the hardware")
                : (IsolationVerdict.NotShown, "a function of this kind does not aim DMA outside of its guest on request");
        }

        if (!KeptMemoryIsIntact)
        {
            // whatever the guest says, and even if it did not live to say it
            return (IsolationVerdict.Broken, "the machine's memory outside of the guest was changed");
        }

        switch (GuestConsole.Outside(proof.Console))
        {
            case null:
                return (IsolationVerdict.NotShown, "the guest did not get as far");
            case "blocked":
                break;
            case var outside:
                return (IsolationVerdict.Broken, $"DMA to an address outside of the guest: {outside}");
        }

        return Control.Arrived
            ? (IsolationVerdict.Enforced, "DMA to an address outside of the guest's memory was blocked; without an IOMMU the same arrived")
            : (IsolationVerdict.NotShown, "DMA outside was blocked, but it does not arrive without an IOMMU either");
    }
}
