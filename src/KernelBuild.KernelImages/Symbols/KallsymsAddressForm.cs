namespace KernelBuild.KernelImages.Symbols;

/// <summary>How kallsyms stores the addresses of symbols.</summary>
public enum KallsymsAddressForm
{
    /// <summary>Whole addresses, 8 bytes each: before Linux 4.6.</summary>
    Absolute,

    /// <summary>Distances from a base that stands behind them, 4 bytes each: Linux 4.6 to 6.19.</summary>
    BaseRelative,

    /// <summary>
    /// The same with CONFIG_KALLSYMS_ABSOLUTE_PERCPU: what is not negative is the value itself, the others are -1 less the distance.
    /// </summary>
    BaseRelativeWithNumbers,

    /// <summary>Distances from the place of the entry itself, 4 bytes each, negative: since Linux 7.0.</summary>
    PlaceRelative,

    /// <summary>Not kallsyms: the symbol table of a vmlinux (.symtab), whose kernel has none.</summary>
    ElfSymbols,
}
