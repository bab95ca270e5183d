using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Relocations;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Image;

/// <summary>
/// The address an image was linked to and its symbols: each tells something of the other. The relocations say the address best; without
/// them it is the highest below all symbols that agrees with the header's text_offset, checked by where the header's branch goes.
/// </summary>
/// <param name="Base">Of the first byte; null when nothing tells it.</param>
/// <param name="Symbols">Null when there are none, or the address is not known.</param>
/// <param name="Error">KB8005 or KB8006 when there are no symbols.</param>
internal sealed record LinkedSymbols(ulong? Base, SymbolTable? Symbols, Diagnostic? Error)
{
    // arch/arm64/kernel/head.S: what the first or second instruction of the header goes to, since 5.8 and before.
    private static readonly string[] Entries = ["primary_entry", "stext"];

    /// <param name="image">The image.</param>
    /// <param name="header">Its header.</param>
    /// <param name="relocations">Its relocations.</param>
    /// <param name="linkedBase">What the container says of the address; null when it says nothing.</param>
    /// <param name="ownSymbols">The container's own symbols, for a kernel without kallsyms; null for none.</param>
    public static LinkedSymbols Of(
        ReadOnlyMemory<byte> image, Arm64Image? header, RelocationTable relocations, ulong? linkedBase, SymbolTable? ownSymbols)
    {
        var memorySize = Math.Max((ulong)image.Length, header?.ImageSize ?? 0);
        var voted = new Lazy<ulong?>(() => linkedBase ?? ImageBase.Vote(image.Span, memorySize, relocations, header?.TextOffset));
        ulong QuadAt(long offset) =>
            relocations.Form == RelocationForm.Rela && voted.Value is { } start
                && relocations.TryTarget(start + (ulong)offset, out var target)
                ? target
                : KernelBytes.U64(image.Span, offset);
        if (!KallsymsLayout.TryFind(image, QuadAt, out var layout, out var error))
        {
            return ownSymbols is null
                ? new LinkedSymbols(voted.Value, null, error)
                : new LinkedSymbols(linkedBase, ownSymbols, null);
        }

        var symbolBase = layout.Addresses.BaseOffset < 0 ? 0
            : QuadAt(layout.Addresses.BaseOffset) is var stored && stored >> 48 == 0xffff ? stored
            : OwnRelocation(relocations, layout.Addresses.BaseOffset);
        var known = voted.Value;
        if (layout.Addresses.Form == KallsymsAddressForm.PlaceRelative)
        {
            known ??= ImageBase.FromPointers(image.Span, Places(image.Span, layout), header?.TextOffset ?? 0);
        }

        if (layout.Addresses.Form == KallsymsAddressForm.PlaceRelative
            ? known is null
            : layout.Addresses.BaseOffset >= 0 && symbolBase == 0)
        {
            return Unknown();
        }

        var addresses = ReadAddresses(image.Span, layout, known.GetValueOrDefault(), symbolBase, QuadAt);
        var symbols = new SymbolTable(image, layout, addresses);
        return (known ?? BaseBelow(image.Span, header, symbols)) is { } found ? new LinkedSymbols(found, symbols, null) : Unknown();
    }

    private static LinkedSymbols Unknown() => new(null, null, Diagnostic.Error(
        DiagnosticCodes.KernelBaseUnknown,
        "the address that the kernel was linked to was not found: neither kallsyms nor the relocations contain it",
        "give the vmlinux instead, if there is one; the file may be damaged"));

    /// <summary>
    /// Where no base fits the relocations: that of kallsyms' base is the image's first byte as a rule, and then its relocation is the one
    /// whose place lies that far behind its target.
    /// </summary>
    private static ulong OwnRelocation(RelocationTable table, int baseOffset)
    {
        for (var i = 0; table.Form == RelocationForm.Rela && i < table.Count; i++)
        {
            var target = table.Target(i);
            if (table.Place(i) - target == (ulong)baseOffset && target % 4096 == 0)
            {
                return target;
            }
        }

        return 0;
    }

    /// <summary>The lowest symbol need not be the image's first byte: without CONFIG_KALLSYMS_ALL it is _stext.</summary>
    private static ulong? BaseBelow(ReadOnlySpan<byte> image, Arm64Image? header, SymbolTable symbols)
    {
        var lowest = 0;
        while (lowest < symbols.Count && symbols.Addresses[lowest] >> 48 != 0xffff)
        {
            lowest++;
        }

        if (lowest == symbols.Count)
        {
            return null;
        }

        var first = symbols.Addresses[lowest];
        if (header is null)
        {
            return first;
        }

        var below = ImageBase.Below(first, header.TextOffset);
        if (EntryOffset(image) is not { } entry || IsSymbol(symbols, below + entry))
        {
            return below;
        }

        foreach (var name in Entries)
        {
            if (symbols.AddressOf(name) is not 0 and var address && (address - entry) % 4096 == 0 && address - entry <= first)
            {
                return address - entry;
            }
        }

        // Before 4.7 the entry lies in front of _stext, where symbols are listed only with CONFIG_KALLSYMS_ALL.
        return below + entry < first || !IsSymbol(symbols, first + entry) ? below : first;
    }

    private static bool IsSymbol(SymbolTable symbols, ulong address) =>
        symbols.IndexBelow(address) is >= 0 and var index && symbols.Addresses[index] == address;

    /// <summary>
    /// Where the header's branch goes, in bytes from the start: it is the first instruction, or the second behind "MZ". Source:
    /// Documentation/arch/arm64/booting.rst.
    /// </summary>
    internal static ulong? EntryOffset(ReadOnlySpan<byte> image)
    {
        const uint branchMask = 0xfc00_0000;
        const uint branch = 0x1400_0000;
        for (var at = 0; at < 2 * sizeof(uint); at += sizeof(uint))
        {
            var word = KernelBytes.U32(image, at);
            var target = at + (((long)(int)(word << 6) >> 6) * sizeof(uint));
            if ((word & branchMask) == branch && target > 0 && target < image.Length)
            {
                return (ulong)target;
            }
        }

        return null;
    }

    private static HashSet<ulong> Places(ReadOnlySpan<byte> image, KallsymsLayout layout) =>
        [.. ReadAddresses(image, layout, 0, 0, _ => 0)];

    private static ulong[] ReadAddresses(
        ReadOnlySpan<byte> image, KallsymsLayout layout, ulong start, ulong symbolBase, Func<long, ulong> quadAt)
    {
        var addresses = new ulong[layout.Names.Count];
        var at = (long)layout.Addresses.Offset;
        for (var i = 0; i < addresses.Length; i++)
        {
            var entry = (int)KernelBytes.U32(image, at + ((long)i * sizeof(int)));
            addresses[i] = layout.Addresses.Form switch
            {
                KallsymsAddressForm.Absolute => quadAt(at + ((long)i * sizeof(ulong))),
                KallsymsAddressForm.BaseRelative => symbolBase + (uint)entry,
                KallsymsAddressForm.BaseRelativeWithNumbers => entry >= 0 ? (ulong)entry : symbolBase - 1 - (ulong)entry,
                _ => start + (ulong)(at + ((long)i * sizeof(int)) + entry),
            };
        }

        return addresses;
    }
}
