namespace KernelBuild.KernelImages.Modules;

/// <summary>What a module was compiled against: an entry of __versions.</summary>
/// <param name="Name">Of the symbol.</param>
/// <param name="Crc">As stored: 64 bits in an arm64 module, of which the kernel compares all.</param>
public sealed record SymbolVersion(string Name, ulong Crc);
