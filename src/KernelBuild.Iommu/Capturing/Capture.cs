using System.Collections.Immutable;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>What was read from a machine: enough to predict, explain and change its groups anywhere.</summary>
public sealed record Capture
{
    /// <summary>"6.1.0-50-arm64"; empty when unknown.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>Of the kernel; empty when unknown.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>
    /// The flattened tree that the kernel was given (/sys/firmware/fdt, not the file on disk: bootloaders change it); empty when unknown.
    /// </summary>
    public ReadOnlyMemory<byte> DeviceTree { get; init; }

    /// <summary>By address.</summary>
    public ImmutableArray<CapturedFunction> Functions { get; init; } = [];

    /// <summary>The devices of the platform that have an IOMMU group, by name.</summary>
    public ImmutableArray<CapturedDevice> Platform { get; init; } = [];

    /// <summary>The paths of the host bridges in the device tree, by PCI domain, where the machine told them.</summary>
    public ImmutableDictionary<uint, string> HostPaths { get; init; } = ImmutableDictionary<uint, string>.Empty;

    /// <summary>The functions that answer, virtual ones among them.</summary>
    public PciTopology ToTopology() =>
        new(VirtualFunctions.Resolve(Functions).Select(function => function with { IsDriverUnknown = !KnowsDrivers })) { IsCut = IsCut };

    /// <summary>
    /// Whether the machine has tables of ACPI that describe its IOMMUs: then its device tree, if any, says nothing of them.
    /// </summary>
    public bool IsAcpi { get; init; }

    /// <summary>
    /// ACPI's IO Remapping Table, as /sys/firmware/acpi/tables/IORT has it; empty when there is none, or it was not captured.
    /// </summary>
    public ReadOnlyMemory<byte> Iort { get; init; }

    /// <summary>Whether the text that it was read from breaks off within a function, so that more may have followed.</summary>
    public bool IsCut { get; init; }

    /// <summary>The function after which a part of the text was left out ("[...]"); null when it ends within its last.</summary>
    public PciAddress? CutAfter { get; init; }

    /// <summary>The functions of whose hexadecimal something is missing that was needed; what follows the gap was not used.</summary>
    public ImmutableArray<CapturedGap> Gaps { get; init; } = [];

    /// <summary>Whether the capture says which drivers are bound: then a function without one has none.</summary>
    public bool KnowsDrivers => Functions.Any(function => function.Driver is not null);
}

/// <summary>A place where bytes of a configuration space are missing in a text, though others were there.</summary>
/// <param name="Offset">Of the first missing byte that was needed.</param>
public sealed record CapturedGap(PciAddress Address, int Offset);
