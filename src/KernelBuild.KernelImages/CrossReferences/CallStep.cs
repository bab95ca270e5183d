namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>A function on a path of calls.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Address">Its first address.</param>
/// <param name="Reference">How the function before it reaches it; null for the first.</param>
/// <param name="Table">Of a call through a pointer, the table that points to this function; empty where no symbol names it.</param>
public sealed record CallStep(string Function, ulong Address, Reference? Reference, string Table);
