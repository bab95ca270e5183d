using System.Collections.Immutable;

namespace KernelBuild.Device;

/// <summary>How BootTest runs the device, and what it must find.</summary>
public sealed record EmulationSettings
{
    /// <summary>Arguments of qemu-system-aarch64 that make up the machine and its devices.</summary>
    public ImmutableArray<string> QemuArguments { get; init; } = [];

    /// <summary>Appended to the command line of boot.img.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>File with the IOMMU groups to find; null when there is none.</summary>
    public string? ExpectedGroups { get; init; }

    /// <summary>The same for a build without patches.</summary>
    public string? ExpectedGroupsWithoutPatches { get; init; }

    /// <summary>Further arguments for the proof of passthrough: devices that a boot test has no use for.</summary>
    public ImmutableArray<string> PassthroughArguments { get; init; } = [];

    /// <summary>Addresses of the functions that the proof hands to a guest, as Linux enumerates them.</summary>
    public ImmutableArray<string> PassthroughFunctions { get; init; } = [];

    /// <summary>Seconds until a boot counts as hung.</summary>
    public int TimeoutSeconds { get; init; } = 120;
}
