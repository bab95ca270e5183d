namespace KernelBuild.KernelImages.Modules;

/// <summary>An entry of a symbol table.</summary>
/// <param name="Name">May be empty.</param>
/// <param name="Value">For a relocatable file: bytes from the start of the section, or the value itself.</param>
/// <param name="Section">An index, or one of the special ones.</param>
/// <param name="IsWeak">STB_WEAK.</param>
internal readonly record struct ObjectSymbol(string Name, ulong Value, ushort Section, bool IsWeak)
{
    public const ushort Undefined = 0;
    public const ushort Absolute = 0xfff1;
    public const ushort Common = 0xfff2;
}
