using KernelBuild.Cli.CommandLine;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary>
/// The JSON document of <c>iommu groups --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
/// <param name="Kernel">The version that was assumed.</param>
/// <param name="Unknown">The devices whose group depends on what was not captured.</param>
/// <param name="Recorded">The groups that Linux had formed when the machine was captured; empty when the capture has none.</param>
internal sealed record GroupsReport(
    IReadOnlyList<GroupInfo> Groups, IReadOnlyList<UngroupedInfo> Ungrouped, IReadOnlyList<UngroupedInfo> Unknown,
    IReadOnlyList<GroupInfo> Recorded, string Kernel) : JsonReport
{
    /// <summary>Of the PCI functions, by address.</summary>
    public IReadOnlyList<DeviceNameInfo> Names { get; init; } = [];
}

/// <summary>What a PCI function is called.</summary>
/// <param name="Class">"Ethernet controller".</param>
/// <param name="Name">Vendor and device, as far as they have names; else their numbers.</param>
internal sealed record DeviceNameInfo(string Device, string Class, string Name)
{
    public static DeviceNameInfo From(PciFunction function, PciNames names) =>
        new(function.Address.ToString(), names.ClassOf(function), names.DeviceOf(function));
}

/// <summary>A group. The number means nothing: Linux counts by the order of binding.</summary>
internal sealed record GroupInfo(int Id, IReadOnlyList<string> Devices);

/// <summary>A device without a group.</summary>
/// <param name="Rule">The rule's id: S1, S2, S4, S5, S8; "unknown" where nothing can be decided.</param>
/// <param name="RuleName">The rule in words.</param>
internal sealed record UngroupedInfo(string Device, string Rule, string RuleName, string Reason)
{
    public static UngroupedInfo From(GroupDecision decision) => new(decision.Device, decision.Rule.Id, decision.Rule.Name, decision.Reason);
}
