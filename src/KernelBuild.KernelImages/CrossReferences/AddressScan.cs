using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Code that takes addresses: ADRP with ADD or LDR, ADR, and literals.</summary>
public static class AddressScan
{
    /// <summary>Every place where code forms an address for which the condition holds.</summary>
    public static IReadOnlyList<Reference> To(KernelImage image, CodeMap code, Func<ulong, bool> wanted) =>
        In(image, code, code.Ranges, wanted);

    /// <summary>
    /// Every place where code forms one of the addresses. Only functions with an ADRP, an ADR or a literal to one of their pages are looked
    /// at closely.
    /// </summary>
    public static IReadOnlyList<Reference> ToFunctions(KernelImage image, CodeMap code, IReadOnlySet<ulong> functions) =>
        In(image, code, WithPages(image, code, functions.Select(function => function & ~0xffful).ToHashSet()), functions.Contains);

    /// <summary>The functions whose address one function forms.</summary>
    internal static IReadOnlyList<Reference> Of(KernelImage image, CodeMap code, CodeRange function) =>
        In(image, code, [function], address => code.IsCode(address) && code.Symbols.IndexBelow(address) is >= 0 and var index
            && code.Symbols.Addresses[index] == address && code.Symbols[index].IsCode);

    /// <summary>The same for functions and for what lies behind other symbols, such as the elements of a table.</summary>
    /// <param name="image">The image.</param>
    /// <param name="code">Its code.</param>
    /// <param name="starts">Addresses of symbols.</param>
    internal static IReadOnlyList<Reference> ToSymbols(KernelImage image, CodeMap code, IReadOnlySet<ulong> starts)
    {
        var (lowest, highest) = starts.Count == 0 ? (0ul, 0ul) : (starts.Min(), starts.Max(code.Symbols.EndOf));
        return In(
            image, code, WithPages(image, code, starts.Select(start => start & ~0xffful).ToHashSet()),
            address =>
                address >= lowest && address < highest && code.Symbols.IndexBelow(address) is >= 0 and var index
                    && starts.Contains(code.Symbols.Addresses[index]));
    }

    /// <summary>The functions that form an address in one of the pages of 4096 bytes, or may.</summary>
    private static List<CodeRange> WithPages(KernelImage image, CodeMap code, HashSet<ulong> pages)
    {
        if (pages.Count == 0)
        {
            return [];
        }

        var (lowest, span) = (pages.Min(), pages.Max() - pages.Min());
        var candidates = new List<CodeRange>();
        foreach (var range in code.Ranges)
        {
            var words = code.Words(range);
            for (var i = 0; i < words.Length; i++)
            {
                // ADRP, ADR and LDR of a literal; linkers make an ADR of ADRP and ADD where the address is near
                var word = words[i];
                if ((word & 0x1f00_0000) != 0x1000_0000 && !Opcode.IsLoadLiteral(word))
                {
                    continue;
                }

                var from = range.Start + ((ulong)i * Opcode.Length);
                var page = (Opcode.IsLoadLiteral(word) ? image.ReadPointer(Opcode.Target19(word, from)) : Opcode.AdrValue(word, from)) & ~0xffful;
                if (page - lowest <= span && pages.Contains(page) && (candidates.Count == 0 || !candidates[^1].Contains(from)))
                {
                    candidates.Add(code.FunctionAt(from));
                }
            }
        }

        return candidates;
    }

    private static List<Reference> In(KernelImage image, CodeMap code, IReadOnlyList<CodeRange> ranges, Func<ulong, bool> wanted)
    {
        var found = new List<Reference>();
        Span<ulong> pages = stackalloc ulong[32];
        foreach (var range in ranges)
        {
            pages.Clear();
            In(image, code, range, wanted, pages, found);
        }

        return found;
    }

    /// <param name="pages">What registers hold by ADRP, or by an address that was formed in them; 0 for none.</param>
    private static void In(
        KernelImage image, CodeMap code, CodeRange range, Func<ulong, bool> wanted, Span<ulong> pages, List<Reference> found)
    {
        var words = code.Words(range);
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            var from = range.Start + ((ulong)i * Opcode.Length);
            ulong to = 0;
            if (Opcode.IsAdrp(word))
            {
                pages[Opcode.Rd(word)] = Opcode.AdrValue(word, from);
                continue;
            }

            if (Opcode.IsAdr(word))
            {
                to = Opcode.AdrValue(word, from);
            }
            else if (Opcode.IsAddImmediate(word) && pages[Opcode.Rn(word)] is not 0 and var page)
            {
                to = page + Opcode.AddImmediate(word);
            }
            else if (Opcode.IsLoadQuad(word) && pages[Opcode.Rn(word)] is not 0 and var loadPage)
            {
                to = loadPage + Opcode.QuadOffset(word);
            }
            else if (Opcode.IsLoadLiteral(word))
            {
                to = image.ReadPointer(Opcode.Target19(word, from));
            }
            else if (Opcode.IsReturn(word))
            {
                pages.Clear();
                continue;
            }

            if (to != 0 && wanted(to))
            {
                var function = code.FunctionAt(from);
                found.Add(new Reference(ReferenceKind.Address, from, code.NameAt(from), from - function.Start, to));
            }

            for (var written = RegisterWrites.Of(word); written != 0; written &= written - 1)
            {
                pages[System.Numerics.BitOperations.TrailingZeroCount(written)] = 0;
            }

            // compilers form the next address from this one
            if ((Opcode.IsAddImmediate(word) || Opcode.IsAdr(word)) && to != 0 && Opcode.Rd(word) != Opcode.ZeroRegister)
            {
                pages[Opcode.Rd(word)] = to;
            }
        }
    }
}
