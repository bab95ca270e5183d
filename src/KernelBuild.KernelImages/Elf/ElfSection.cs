namespace KernelBuild.KernelImages.Elf;

/// <summary>A section of an exported kernel.</summary>
/// <param name="Name">".text".</param>
/// <param name="Start">Its first address.</param>
/// <param name="End">Behind its last.</param>
/// <param name="IsCode">Whether it is executable.</param>
/// <param name="IsWritable">Whether it is writable.</param>
/// <param name="IsInFile">False for .bss.</param>
internal sealed record ElfSection(string Name, ulong Start, ulong End, bool IsCode, bool IsWritable, bool IsInFile);
