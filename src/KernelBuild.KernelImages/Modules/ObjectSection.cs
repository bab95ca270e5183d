namespace KernelBuild.KernelImages.Modules;

/// <summary>A section of a relocatable ELF file.</summary>
/// <param name="Name">".modinfo".</param>
/// <param name="Type">SHT_*.</param>
/// <param name="Flags">SHF_*; the kernel ignores sections without SHF_ALLOC when it looks one up (kernel/module/main.c: find_sec).</param>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Link">Of a symbol table: its strings.</param>
/// <param name="Info">Of relocations: the section that they change.</param>
internal sealed record ObjectSection(string Name, uint Type, ulong Flags, int Offset, int Size, uint Link, uint Info)
{
    public const uint TypeNull = 0;
    public const uint TypeSymbols = 2;
    public const uint TypeRela = 4;
    public const uint TypeNoBits = 8;
    private const ulong FlagAlloc = 2;

    public bool IsAllocated => (Flags & FlagAlloc) != 0;
}
