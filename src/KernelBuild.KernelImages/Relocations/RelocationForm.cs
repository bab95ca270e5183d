namespace KernelBuild.KernelImages.Relocations;

/// <summary>How an image says which of its quads are addresses that move with it.</summary>
public enum RelocationForm
{
    /// <summary>It does not: the kernel runs where it was linked to, and its pointers stand in place.</summary>
    None,

    /// <summary>.rela.dyn: 24 bytes each; the pointer is in the table, the quad itself holds zero as a rule.</summary>
    Rela,

    /// <summary>.relr.dyn: addresses and bitmaps; the pointer stands in place.</summary>
    Relr,
}
