namespace KernelBuild.Cli.Iommu;

/// <summary>The files and values that describe a machine, as given.</summary>
internal sealed record MachineSource(
    string? Capture, string? DeviceTree, string? ConfigSpace, string? Kernel, string[] Hosts, bool BoundOnly, bool EndpointsFirst,
    string? KernelImage, bool QualcommGroups, string? Iort, string? PciIds);
