namespace KernelBuild.BootImages.Containers;

/// <summary>A logical partition of a super partition.</summary>
/// <param name="Name">With its slot: "system_a".</param>
/// <param name="Attributes">1: only read.</param>
/// <param name="Content">Its bytes; none for the slot that is not filled.</param>
public sealed record SuperPartition(string Name, uint Attributes, ByteSource Content);
