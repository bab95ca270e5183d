namespace KernelBuild.KernelImages.Containers;

/// <summary>
/// Places of fields in a 64-bit little-endian ELF file. Source: System V ABI, chapter 4; ELF for the Arm 64-bit Architecture.
/// </summary>
internal static class ElfFields
{
    public const int HeaderLength = 64;
    public const int Class = 4;
    public const int Data = 5;
    public const int Type = 16;
    public const int Machine = 18;
    public const int Version = 20;
    public const int Entry = 24;
    public const int ProgramHeaderOffset = 32;
    public const int SectionHeaderOffset = 40;
    public const int HeaderSize = 52;
    public const int ProgramHeaderSize = 54;
    public const int ProgramHeaderCount = 56;
    public const int SectionHeaderSize = 58;
    public const int SectionHeaderCount = 60;
    public const int SectionNameIndex = 62;
    public const int ProgramHeaderLength = 56;
    public const int SectionHeaderLength = 64;
    public const int SymbolLength = 24;
    public const int MachineAarch64 = 183;
    public const int TypeExecutable = 2;
    public const int SegmentLoad = 1;
}
