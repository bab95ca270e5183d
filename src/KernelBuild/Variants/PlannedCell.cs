namespace KernelBuild.Variants;

/// <summary>A cell with its content key.</summary>
public sealed record PlannedCell(VariantCell Cell, string Key);
