using KernelBuild.Cli.CommandLine;
using KernelBuild.Iommu.Handover;

namespace KernelBuild.Cli.Iommu;

/// <summary>
/// The JSON document of <c>iommu guest --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
/// <param name="Functions">The functions that are handed over, the one asked for first; empty when it is refused.</param>
/// <param name="Bind">Shell lines for root.</param>
/// <param name="Unbind">Shell lines for root.</param>
/// <param name="Emulator">The program, then each option with its value.</param>
/// <param name="Libvirt">A domain of libvirt; empty when it is refused.</param>
internal sealed record GuestReport(
    IReadOnlyList<string> Functions, IReadOnlyList<string> Bind, IReadOnlyList<string> Unbind, IReadOnlyList<string> Emulator,
    string Libvirt, IReadOnlyList<string> Notes) : JsonReport
{
    public static GuestReport From(GuestPlan plan) =>
        new(plan.Functions, plan.Bind, plan.Unbind, plan.Emulator, plan.Libvirt, plan.Notes);
}
