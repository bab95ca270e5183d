namespace KernelBuild.Iommu.Handover;

/// <summary>What a guest is to have, as far as the host does not decide it.</summary>
public sealed record GuestSettings
{
    public string Name { get; init; } = "guest";

    /// <summary>The guest's kernel, a path on the host; null for firmware that starts from a disk.</summary>
    public string? Kernel { get; init; }

    /// <summary>A path on the host; null for none.</summary>
    public string? Initrd { get; init; }

    public int MemoryMebibytes { get; init; } = 2048;

    public int Processors { get; init; } = 2;

    /// <summary>Hands over the other devices of the group, too, although the host uses them.</summary>
    public bool WithGroup { get; init; }
}
