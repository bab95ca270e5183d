using KernelBuild.KernelImages.Code;
using static KernelBuild.KernelImages.Disassembly.InstructionText;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>
/// Bit fields, shifts, products, quotients, conditional selections and comparisons as text, under the names that LLVM prefers.
/// Source: Arm Architecture Reference Manual, C4.1.94, C4.1.95 and the aliases in C6.
/// </summary>
internal static class BitsText
{
    private static readonly string?[] Quotients =
    [
        null, null, "udiv", "sdiv", null, null, null, null, "lsl", "lsr", "asr", "ror", null, null, null, null,
        "crc32b", "crc32h", "crc32w", "crc32x", "crc32cb", "crc32ch", "crc32cw", "crc32cx",
    ];

    /// <returns>Null for everything else, and for encodings that are not allocated.</returns>
    public static string? Of(uint word)
    {
        var isWide = word >> 31 != 0;
        return word switch
        {
            _ when (word & 0x1f80_0000) == 0x1300_0000 => Field(word, isWide),
            _ when (word & 0x7fa0_0000) == 0x1380_0000 => Extract(word, isWide),
            _ when (word & 0x7fe0_0000) == 0x1ac0_0000 => TwoSources(word, isWide),
            _ when (word & 0x7fff_0000) == 0x5ac0_0000 => OneSource(word, isWide),
            _ when (word & 0x7f00_0000) == 0x1b00_0000 => ThreeSources(word, isWide),
            _ when (word & 0x3fe0_0000) == 0x1a80_0000 => Selection(word, isWide),
            _ when (word & 0x3fe0_0410) == 0x3a40_0000 => Comparison(word, isWide),
            _ when (word & 0x1fe0_fc00) == 0x1a00_0000 => WithCarry(word, isWide),
            _ => null,
        };
    }

    /// <summary>SBFM, BFM and UBFM.</summary>
    private static string? Field(uint word, bool isWide)
    {
        var (kind, from, to) = (word >> 29 & 3, word >> 16 & 63, word >> 10 & 63);
        var length = isWide ? 64u : 32u;
        if (kind == 3 || (word >> 22 & 1) != (isWide ? 1u : 0) || from >= length || to >= length)
        {
            return null;
        }

        var (rd, rn) = (Register(Opcode.Rd(word), isWide), Register(Opcode.Rn(word), isWide));
        if (kind == 1)
        {
            // bfc, where the architecture is known to have it
            return Opcode.Rn(word) == Opcode.ZeroRegister && (from == 0 || to < from) ? null
                : to < from ? Text($"bfi\t{rd}, {rn}, #{length - from}, #{to + 1}")
                : Text($"bfxil\t{rd}, {rn}, #{from}, #{to - from + 1}");
        }

        var isSigned = kind == 0;
        var extension = from != 0 ? null : to switch
        {
            7 when isSigned || !isWide => "xtb",
            15 when isSigned || !isWide => "xth",
            31 when isSigned && isWide => "xtw",
            _ => null,
        };
        return extension is not null ? $"{(isSigned ? 's' : 'u')}{extension}\t{rd}, {Register(Opcode.Rn(word), false)}"
            : !isSigned && to != length - 1 && to + 1 == from ? Text($"lsl\t{rd}, {rn}, #{length - 1 - to}")
            : to == length - 1 ? Text($"{(isSigned ? "asr" : "lsr")}\t{rd}, {rn}, #{from}")
            : from > to ? Text($"{(isSigned ? "sbfiz" : "ubfiz")}\t{rd}, {rn}, #{length - from}, #{to + 1}")
            : Text($"{(isSigned ? "sbfx" : "ubfx")}\t{rd}, {rn}, #{from}, #{to - from + 1}");
    }

    private static string? Extract(uint word, bool isWide)
    {
        var from = word >> 10 & 63;
        if ((word >> 22 & 1) != (isWide ? 1u : 0) || (!isWide && from > 31))
        {
            return null;
        }

        var (rd, rn, rm) = (Register(Opcode.Rd(word), isWide), Register(Opcode.Rn(word), isWide), Register(Opcode.Rm(word), isWide));
        return rn == rm ? Text($"ror\t{rd}, {rn}, #0x{from:x}") : Text($"extr\t{rd}, {rn}, {rm}, #0x{from:x}");
    }

    private static string? TwoSources(uint word, bool isWide)
    {
        const int checksums = 16, widths = 3;
        var code = (int)(word >> 10 & 63);
        if (code >= Quotients.Length || Quotients[code] is not { } name || (code >= checksums && isWide != ((code & widths) == widths)))
        {
            return null;
        }

        var isWideResult = isWide && code < checksums;
        return $"{name}\t{Register(Opcode.Rd(word), isWideResult)}, {Register(Opcode.Rn(word), isWideResult)}, {Register(Opcode.Rm(word), isWide)}";
    }

    private static string? OneSource(uint word, bool isWide)
    {
        var name = (word >> 10 & 63) switch
        {
            0 => "rbit",
            1 => "rev16",
            2 => isWide ? "rev32" : "rev",
            3 when isWide => "rev",
            4 => "clz",
            5 => "cls",
            _ => null,
        };
        return name is null ? null : $"{name}\t{Register(Opcode.Rd(word), isWide)}, {Register(Opcode.Rn(word), isWide)}";
    }

    private static string? ThreeSources(uint word, bool isWide)
    {
        var (kind, isSubtract, addend) = (word >> 21 & 7, (word >> 15 & 1) != 0, Opcode.Rt2(word));
        var isAlone = addend == Opcode.ZeroRegister;
        if ((kind != 0 && !isWide) || kind is 3 or 4 or 7 || (kind is 2 or 6 && (isSubtract || !isAlone)))
        {
            return null;
        }

        var isLong = kind is 1 or 5;
        var name = kind switch
        {
            0 => isAlone ? (isSubtract ? "mneg" : "mul") : isSubtract ? "msub" : "madd",
            2 => "smulh",
            6 => "umulh",
            _ => (kind == 1 ? "s" : "u") + (isAlone ? (isSubtract ? "mnegl" : "mull") : isSubtract ? "msubl" : "maddl"),
        };
        return $"{name}\t{Register(Opcode.Rd(word), isWide)}, {Register(Opcode.Rn(word), isWide && !isLong)}, "
            + Register(Opcode.Rm(word), isWide && !isLong) + (isAlone ? "" : $", {Register(addend, isWide)}");
    }

    /// <summary>CSINC, CSINV and CSNEG; CSEL is read elsewhere.</summary>
    private static string? Selection(uint word, bool isWide)
    {
        const uint always = 14;
        var (kind, condition) = ((word >> 29 & 2) | (word >> 10 & 3), word >> 12 & 15);
        if ((word >> 11 & 1) != 0 || kind == 0)
        {
            return null;
        }

        var (rd, rn, rm) = (Register(Opcode.Rd(word), isWide), Register(Opcode.Rn(word), isWide), Register(Opcode.Rm(word), isWide));
        var name = kind switch { 1 => "inc", 2 => "inv", _ => "neg" };
        var otherwise = Condition(condition ^ 1);
        return condition >= always || rn != rm ? $"cs{name}\t{rd}, {rn}, {rm}, {Condition(condition)}"
            : kind != 3 && Opcode.Rn(word) == Opcode.ZeroRegister ? $"{(kind == 1 ? "cset" : "csetm")}\t{rd}, {otherwise}"
            : $"c{name}\t{rd}, {rn}, {otherwise}";
    }

    private static string Comparison(uint word, bool isWide)
    {
        var operand = (word >> 11 & 1) != 0 ? Text($"#0x{word >> 16 & 31:x}") : Register(Opcode.Rm(word), isWide);
        return Text($"{((word >> 30 & 1) != 0 ? "ccmp" : "ccmn")}\t{Register(Opcode.Rn(word), isWide)}, {operand}, #0x{word & 15:x}, ")
            + Condition(word >> 12 & 15);
    }

    private static string WithCarry(uint word, bool isWide)
    {
        var (isSubtract, flags) = ((word >> 30 & 1) != 0, (word >> 29 & 1) != 0 ? "s" : "");
        var (rd, rn, rm) = (Register(Opcode.Rd(word), isWide), Register(Opcode.Rn(word), isWide), Register(Opcode.Rm(word), isWide));
        return isSubtract && Opcode.Rn(word) == Opcode.ZeroRegister
            ? $"ngc{flags}\t{rd}, {rm}"
            : $"{(isSubtract ? "sbc" : "adc")}{flags}\t{rd}, {rn}, {rm}";
    }
}
