namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>A function in a table of operations.</summary>
/// <param name="Member">"iommu_ops.device_group"; the table's name and the offset in it where no type is known.</param>
/// <param name="Function">Its name.</param>
/// <param name="Table">The table's name; empty where data has no names.</param>
public sealed record Operation(string Member, string Function, string Table);
