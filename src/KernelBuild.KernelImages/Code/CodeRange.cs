namespace KernelBuild.KernelImages.Code;

/// <summary>Addresses that hold code.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">Behind the last.</param>
public readonly record struct CodeRange(ulong Start, ulong End)
{
    public bool Contains(ulong address) => address >= Start && address < End;
}
