namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>A reference.</summary>
/// <param name="Kind">How.</param>
/// <param name="From">The address of the instruction, or of the pointer.</param>
/// <param name="Function">The function or the data symbol it lies in; empty when no symbol says.</param>
/// <param name="Offset">Bytes from the start of that.</param>
/// <param name="To">The address referred to.</param>
/// <param name="Member">"iommu_ops.device_group" for pointers in tables whose type is known and for calls through them; else empty.</param>
public sealed record Reference(ReferenceKind Kind, ulong From, string Function, ulong Offset, ulong To, string Member = "");
