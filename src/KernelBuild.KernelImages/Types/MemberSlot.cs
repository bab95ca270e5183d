namespace KernelBuild.KernelImages.Types;

/// <summary>A function pointer in a structure.</summary>
/// <param name="Struct">BTF type number.</param>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Name">"iommu_ops.device_group".</param>
/// <param name="Prototype">What it points to.</param>
public sealed record MemberSlot(int Struct, ulong Offset, string Name, int Prototype);
