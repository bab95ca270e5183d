using System.Globalization;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>A symbol.</summary>
/// <param name="Address">Where it was linked to.</param>
/// <param name="Type">The letter of nm: t and T code, d and D data, r and R read-only data, b and B .bss, A absolute, w and W weak.</param>
/// <param name="Name">As in /proc/kallsyms.</param>
public readonly record struct KernelSymbol(ulong Address, char Type, string Name)
{
    /// <summary>Whether it names code.</summary>
    public bool IsCode => Type is 't' or 'T' or 'w' or 'W';

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address:x16} {Type} {Name}");
}
