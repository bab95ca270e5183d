namespace KernelBuild.KernelImages.Modules;

/// <summary>A symbol that a module takes from elsewhere.</summary>
/// <param name="Name">As in the source.</param>
/// <param name="IsWeak">The module loads without it.</param>
public sealed record ImportedSymbol(string Name, bool IsWeak);
