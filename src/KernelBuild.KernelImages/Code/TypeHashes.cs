using System.Runtime.InteropServices;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Code;

/// <summary>
/// The words in front of functions that kCFI puts there: a hash of the prototype, which a caller through a pointer compares. They lie at
/// the end of the function in front, and are no instructions. Source: clang, AArch64AsmPrinter::LowerKCFI_CHECK, emitKCFITypeId;
/// arch/arm64/include/asm/brk-imm.h, CFI_BRK_IMM_BASE.
/// </summary>
internal static class TypeHashes
{
    private const uint NoOperation = 0xd503_201f;
    private const uint SkipTrap = 0x5400_0040; // b.eq over the BRK
    private const int LongestPrefix = 2;

    /// <summary>Words of a check: MOVK, MOVK, CMP, B.EQ, BRK.</summary>
    public const int CheckLength = 5;

    /// <summary>Words between a hash and its function, the hash counted.</summary>
    public const int Farthest = LongestPrefix + 1;

    /// <summary>Their places, in bytes from the start of the image, ascending; none in a kernel without kCFI as a rule.</summary>
    /// <param name="image">Raw bytes.</param>
    /// <param name="start">The linked address of the first.</param>
    /// <param name="symbols">Functions, whose starts follow hashes.</param>
    /// <param name="ranges">Where code is.</param>
    public static IReadOnlyList<int> Find(ReadOnlySpan<byte> image, ulong start, SymbolTable symbols, IReadOnlyList<CodeRange> ranges)
    {
        var words = MemoryMarshal.Cast<byte, uint>(image);
        var expected = ExpectedByCallers(words, start, ranges);
        var found = new List<int>();
        var addresses = symbols.Addresses;
        foreach (var range in ranges)
        {
            var first = Math.Max(1, symbols.IndexBelow(range.Start));
            for (var i = first; i < addresses.Length && addresses[i] < range.End; i++)
            {
                var previous = addresses[i - 1];
                if (addresses[i] == previous || addresses[i] % Opcode.Length != 0 || previous < start
                    || addresses[i] - start > (ulong)image.Length)
                {
                    continue;
                }

                var (begin, end) = ((int)((previous - start) / Opcode.Length), (int)((addresses[i] - start) / Opcode.Length));
                if (LastHash(words, begin, end, expected) is { } place && symbols[i].IsCode)
                {
                    found.Add(place * Opcode.Length);
                }
            }
        }

        return found;
    }

    /// <summary>MOVK, MOVK, CMP, B.EQ, BRK: what callers through pointers compare with. Empty without kCFI.</summary>
    private static HashSet<uint> ExpectedByCallers(ReadOnlySpan<uint> words, ulong start, IReadOnlyList<CodeRange> ranges)
    {
        var expected = new HashSet<uint>();
        foreach (var range in ranges)
        {
            var end = (int)Math.Min((range.End - start) / Opcode.Length, (ulong)words.Length);
            for (var i = Math.Max(CheckLength - 1, (int)((range.Start - start) / Opcode.Length)); i < end; i++)
            {
                if (ComparedAt(words, i) is { } hash)
                {
                    expected.Add(hash);
                }
            }
        }

        return expected;
    }

    /// <summary>The hash that a check compares with, whose BRK (0x8000 to 0x83ff) stands at a place; null where there is none.</summary>
    public static uint? ComparedAt(ReadOnlySpan<uint> words, int place) =>
        (words[place] & 0xffff_801f) == 0xd430_0000 && words[place - 1] == SkipTrap
            && (words[place - 4] & 0xffe0_0000) == 0x7280_0000 && (words[place - 3] & 0xffe0_0000) == 0x72a0_0000
            ? (words[place - 4] >> 5 & 0xffff) | (words[place - 3] >> 5 & 0xffff) << 16
            : null;

    private static int? LastHash(ReadOnlySpan<uint> words, int begin, int end, HashSet<uint> expected)
    {
        var at = end - 1;
        if (at <= begin)
        {
            // the name of a section's start, _stext or __noinstr_text_start, in front of the hash of its first function
            return at == begin && expected.Contains(words[at]) ? at : null;
        }

        if (expected.Count == 0)
        {
            // no caller through a pointer tells: only what cannot be the last instruction of a function
            return LeavesConditionally(words[at], at, begin, end) && IsBehindEnd(words[at - 1]) ? at : null;
        }

        for (var prefix = 0; prefix < LongestPrefix && at > begin && words[at] == NoOperation; prefix++)
        {
            at--;
        }

        // Assembly may fall into the next symbol: what no caller compares with must lie where nothing goes on. What stands in the place of
        // other instructions (alternatives) lies there, too, and ends with any instruction.
        var word = words[at];
        return at > begin && word is not (NoOperation or 0)
            && (expected.Contains(word)
                || (EndsPath(words[at - 1]) && !IsTarget(words[begin..at], begin, at))
                || (LeavesConditionally(word, at, begin, end) && IsUnreached(words[begin..at], begin, at)))
                ? at
                : null;
    }

    /// <summary>A path ends in front of a word, and nothing from there on to it is branched to.</summary>
    private static bool IsUnreached(ReadOnlySpan<uint> function, int begin, int at)
    {
        var behind = function.Length;
        while (behind > 0 && !EndsPath(function[behind - 1]))
        {
            behind--;
        }

        if (behind == 0)
        {
            return false;
        }

        for (var place = begin + behind; place <= at; place++)
        {
            if (IsTarget(function, begin, place))
            {
                return false;
            }
        }

        return true;
    }

    private static bool LeavesConditionally(uint word, int at, int begin, int end)
    {
        if (!Opcode.IsConditionalBranch(word) && !Opcode.IsCompareBranch(word) && !Opcode.IsTestBranch(word))
        {
            return false;
        }

        var target = (long)Opcode.DirectTarget(word, (ulong)at * Opcode.Length) / Opcode.Length;
        return target < begin || target >= end;
    }

    /// <summary>A path has ended here, or the frame was given back (LDP X29, X30, [SP], #n).</summary>
    private static bool IsBehindEnd(uint word) => EndsPath(word) || (word & 0xffc0_7fff) == 0xa8c0_7bfd;

    private static bool EndsPath(uint word) =>
        Opcode.IsBranch(word) || Opcode.IsBranchRegister(word) || Opcode.IsReturn(word) || Opcode.IsTrap(word);

    private static bool IsTarget(ReadOnlySpan<uint> function, int begin, int at)
    {
        for (var i = 0; i < function.Length; i++)
        {
            if (Opcode.DirectTarget(function[i], (ulong)(begin + i) * Opcode.Length) == (ulong)at * Opcode.Length)
            {
                return true;
            }
        }

        return false;
    }
}
