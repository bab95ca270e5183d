using System.Collections.Immutable;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// What a module exports: __ksymtab and __ksymtab_gpl with the checksums of __kcrctab and __kcrctab_gpl. In a file that is not loaded yet
/// all of it is relocations (include/linux/export.h; struct kernel_symbol).
/// </summary>
internal static class ModuleExports
{
    private const uint RelocationAbsolute64 = 257;
    private const string SymbolPrefix = "__ksymtab_";
    private const string CrcPrefix = "__crc_";

    public static ImmutableArray<ExportedSymbol> Of(ObjectFile elf, string owner)
    {
        var found = new List<ExportedSymbol>();
        foreach (var (table, crcs, isGpl) in (ReadOnlySpan<(string, string, bool)>)
        [
            ("__ksymtab", "__kcrctab", false), ("__ksymtab_gpl", "__kcrctab_gpl", true), ("__ksymtab_gpl_future", "__kcrctab_gpl_future",
                true),
            ("__ksymtab_unused", "__kcrctab_unused", false), ("__ksymtab_unused_gpl", "__kcrctab_unused_gpl", true),
        ])
        {
            if (elf.Find(table) is { } section)
            {
                found.AddRange(elf.Is64 ? FromRelocations(elf, section, crcs, isGpl, owner) : FromSymbols(elf, section, isGpl, owner));
            }
        }

        return [.. found];
    }

    private static IEnumerable<ExportedSymbol> FromRelocations(ObjectFile elf, ObjectSection table, string crcs, bool isGpl, string owner)
    {
        var relocations = elf.RelocationsOf(table);
        if (relocations.Count == 0)
        {
            yield break;
        }

        var isAbsolute = relocations.First().Value.Type == RelocationAbsolute64;
        var word = isAbsolute ? sizeof(ulong) : sizeof(uint);

        // value, name, namespace since 5.4; two fields before
        var names = elf.Sections.IndexOf(elf.Find("__ksymtab_strings") ?? table);
        var hasNamespaces = relocations.TryGetValue((ulong)(2 * word), out var third)
            ? third.Symbol.Section == names
            : table.Size == 3 * word;
        var stride = (hasNamespaces ? 3 : 2) * word;
        var section = elf.Find(crcs);
        var crcRelocations = section is null ? null : elf.RelocationsOf(section);
        for (var at = 0; at + stride <= table.Size; at += stride)
        {
            var name = Text(elf, relocations, at + word);
            if (name.Length > 0)
            {
                yield return new ExportedSymbol(
                    name, Crc(elf, section, crcRelocations, at / stride), isGpl,
                    hasNamespaces ? Text(elf, relocations, at + (2 * word)) : "", owner);
            }
        }
    }

    private static string Text(ObjectFile elf, Dictionary<ulong, (ObjectSymbol Symbol, long Addend, uint Type)> relocations, int place) =>
        relocations.TryGetValue((ulong)place, out var target) && target.Symbol.Section < elf.Sections.Length
            ? ObjectFile.Text(
                elf.Content(elf.Sections[target.Symbol.Section]).Span, (long)Math.Min(target.Symbol.Value, int.MaxValue) + target.Addend)
            : "";

    /// <summary>A word of the section since 5.19; a relocation to an absolute symbol before.</summary>
    private static uint? Crc(
        ObjectFile elf, ObjectSection? section, Dictionary<ulong, (ObjectSymbol Symbol, long Addend, uint Type)>? relocations, int index)
    {
        var place = (long)index * sizeof(uint);
        return section is null || place + sizeof(uint) > section.Size ? null
            : relocations!.TryGetValue((ulong)place, out var target)
                ? target.Symbol.Section == ObjectSymbol.Absolute ? (uint)target.Symbol.Value : null
                : KernelBytes.U32(elf.Content(section).Span, place);
    }

    /// <summary>32-bit arm, whose relocations have their addends in the section: the symbols beside them say the same.</summary>
    private static IEnumerable<ExportedSymbol> FromSymbols(ObjectFile elf, ObjectSection table, bool isGpl, string owner)
    {
        var index = elf.Sections.IndexOf(table);
        var crcs = elf.Symbols
            .Where(symbol => symbol.Name.StartsWith(CrcPrefix, StringComparison.Ordinal))
            .DistinctBy(symbol => symbol.Name)
            .ToDictionary(symbol => symbol.Name[CrcPrefix.Length..], StringComparer.Ordinal);
        foreach (var symbol in elf.Symbols)
        {
            if (symbol.Section == index && symbol.Name.StartsWith(SymbolPrefix, StringComparison.Ordinal))
            {
                var name = symbol.Name[SymbolPrefix.Length..];
                yield return new ExportedSymbol(name, crcs.TryGetValue(name, out var crc) ? Crc(elf, crc) : null, isGpl, "", owner);
            }
        }
    }

    private static uint? Crc(ObjectFile elf, ObjectSymbol symbol) =>
        symbol.Section == ObjectSymbol.Absolute ? (uint)symbol.Value
        : symbol.Section < elf.Sections.Length && elf.Sections[symbol.Section] is { IsAllocated: true } section
            ? KernelBytes.U32(elf.Content(section).Span, (long)Math.Min(symbol.Value, int.MaxValue))
            : null;
}
