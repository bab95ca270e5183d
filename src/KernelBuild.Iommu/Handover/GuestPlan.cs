using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Iommu.Handover;

/// <summary>How a function, with all that must go along, comes into a guest and back.</summary>
/// <param name="Functions">The functions that are handed over, the one asked for first.</param>
/// <param name="Bind">Shell lines for root that give them to vfio-pci.</param>
/// <param name="Unbind">Shell lines for root that give them back.</param>
/// <param name="Emulator">Arguments of QEMU, the program first; each option with its value is one element.</param>
/// <param name="Libvirt">The same as a domain of libvirt.</param>
/// <param name="Notes">What to know; sentences.</param>
/// <param name="Findings">Errors: then there is nothing else in the plan. Warnings beside it.</param>
public sealed record GuestPlan(
    ImmutableArray<string> Functions, ImmutableArray<string> Bind, ImmutableArray<string> Unbind, ImmutableArray<string> Emulator,
    string Libvirt, ImmutableArray<string> Notes, ImmutableArray<Diagnostic> Findings)
{
    public bool IsRefused => Findings.Any(finding => finding.Severity == DiagnosticSeverity.Error);

    public static GuestPlan Refused(Diagnostic finding) => new([], [], [], [], "", [], [finding]);
}
