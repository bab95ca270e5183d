using System.Numerics;
using KernelBuild.KernelImages.Code;
using static KernelBuild.KernelImages.Disassembly.InstructionText;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>
/// Sums and logic of registers, and logic with immediates, as text. Source: Arm Architecture Reference Manual, C4.1 and C6.
/// </summary>
internal static class ArithmeticText
{
    private static readonly string[] Shifts = ["lsl", "lsr", "asr", "ror"];
    private static readonly string[] Extensions = ["uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"];
    private static readonly string[] Logic = ["and", "orr", "eor", "ands", "bic", "orn", "eon", "bics"];

    /// <returns>Null for everything else, and for encodings that LLVM spells as something else.</returns>
    public static string? Of(uint word) => (word & 0x1f00_0000) switch
    {
        0x0a00_0000 => OfLogic(word),
        0x0b00_0000 when (word >> 21 & 1) == 0 && (word >> 22 & 3) != 3 => OfSum(word),
        0x0b00_0000 when (word >> 21 & 7) == 1 => OfExtendedSum(word),
        0x1200_0000 when (word >> 23 & 1) == 0 => OfLogicImmediate(word),
        _ => null,
    };

    private static string? OfLogic(uint word)
    {
        var isWide = word >> 31 != 0;
        var name = Logic[(word >> 29 & 3) + (word >> 19 & 4)];
        var (rd, rn) = (Opcode.Rd(word), Opcode.Rn(word));
        return Shifted(word, isWide) is not { } shifted ? null
            : name == "ands" && rd == Opcode.ZeroRegister ? $"tst\t{Register(rn, isWide)}, {shifted}"
            : name == "orn" && rn == Opcode.ZeroRegister ? $"mvn\t{Register(rd, isWide)}, {shifted}"
            : $"{name}\t{Register(rd, isWide)}, {Register(rn, isWide)}, {shifted}";
    }

    private static string? OfSum(uint word)
    {
        var (isWide, isSubtract, setsFlags) = (word >> 31 != 0, (word >> 30 & 1) != 0, (word >> 29 & 1) != 0);
        var (rd, rn) = (Opcode.Rd(word), Opcode.Rn(word));
        return Shifted(word, isWide) is not { } shifted || (rd == Opcode.ZeroRegister && rn == Opcode.ZeroRegister) ? null
            : setsFlags && rd == Opcode.ZeroRegister ? $"{(isSubtract ? "cmp" : "cmn")}\t{Register(rn, isWide)}, {shifted}"
            : isSubtract && rn == Opcode.ZeroRegister ? $"{(setsFlags ? "negs" : "neg")}\t{Register(rd, isWide)}, {shifted}"
            : $"{(isSubtract ? "sub" : "add")}{(setsFlags ? "s" : "")}\t{Register(rd, isWide)}, {Register(rn, isWide)}, {shifted}";
    }

    /// <summary>Whether MOVZ makes a number, so that LLVM does not take ORR for a move.</summary>
    private static bool IsMoved(ulong number, bool isWide)
    {
        for (var shift = 0; shift < (isWide ? 64 : 32); shift += 16)
        {
            if ((number & ~(0xfffful << shift)) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A sum with a second operand that is widened and shifted by at most 4.</summary>
    private static string? OfExtendedSum(uint word)
    {
        const uint wide = 3;
        var (isWide, isSubtract, setsFlags) = (word >> 31 != 0, (word >> 30 & 1) != 0, (word >> 29 & 1) != 0);
        var (rd, rn, extension, shift) = (Opcode.Rd(word), Opcode.Rn(word), word >> 13 & 7, word >> 10 & 7);
        if (shift > 4)
        {
            return null;
        }

        // with the stack pointer the operand that is not widened is only shifted
        var isPlain = extension == (isWide ? wide : 2) && (rn == Opcode.ZeroRegister || (rd == Opcode.ZeroRegister && !setsFlags));
        var operand = Register(Opcode.Rm(word), isWide && (extension & wide) == wide)
            + (isPlain ? (shift == 0 ? "" : Text($", lsl #{shift}")) : $", {Extensions[extension]}" + (shift == 0 ? "" : Text($" #{shift}")));
        return setsFlags && rd == Opcode.ZeroRegister
            ? $"{(isSubtract ? "cmp" : "cmn")}\t{StackOr(rn, isWide)}, {operand}"
            : $"{(isSubtract ? "sub" : "add")}{(setsFlags ? "s" : "")}\t{(setsFlags ? Register(rd, isWide) : StackOr(rd, isWide))}, "
                + $"{StackOr(rn, isWide)}, {operand}";
    }

    /// <summary>The second operand.</summary>
    private static string? Shifted(uint word, bool isWide)
    {
        var (shift, amount) = (word >> 22 & 3, word >> 10 & 63);
        return (amount == 0 && shift != 0) || (!isWide && amount > 31) ? null
            : Register(Opcode.Rm(word), isWide) + (amount == 0 ? "" : Text($", {Shifts[shift]} #{amount}"));
    }

    private static string? OfLogicImmediate(uint word)
    {
        var isWide = word >> 31 != 0;
        var name = Logic[word >> 29 & 3];
        var (rd, rn) = (Opcode.Rd(word), Opcode.Rn(word));
        if (Mask(word, isWide) is not { } mask)
        {
            return null;
        }

        if (name == "orr" && rn == Opcode.ZeroRegister && !IsMoved(mask, isWide) && !IsMoved(isWide ? ~mask : (uint)~mask, isWide))
        {
            return $"mov\t{StackOr(rd, isWide)}, {Signed(mask, isWide)}";
        }

        return name == "ands" && rd == Opcode.ZeroRegister
            ? Text($"tst\t{Register(rn, isWide)}, #0x{mask:x}")
            : Text($"{name}\t{(name == "ands" ? Register(rd, isWide) : StackOr(rd, isWide))}, {Register(rn, isWide)}, #0x{mask:x}");
    }

    /// <summary>A run of ones, rotated, and repeated in elements of 2 to 64 bits. Source: the manual's DecodeBitMasks.</summary>
    private static ulong? Mask(uint word, bool isWide)
    {
        var (wide, rotation, ones) = (word >> 22 & 1, (int)(word >> 16 & 63), word >> 10 & 63);
        var length = BitOperations.Log2((wide << 6) | (~ones & 63));
        var size = 1 << length;
        var run = (int)ones & (size - 1);
        if (length < 1 || run == size - 1 || (!isWide && wide != 0))
        {
            return null;
        }

        var element = (1ul << (run + 1)) - 1;
        var all = size == 64 ? ulong.MaxValue : (1ul << size) - 1;
        rotation &= size - 1;
        element = rotation == 0 ? element : ((element >> rotation) | (element << (size - rotation))) & all;
        for (var width = size; width < 64; width *= 2)
        {
            element |= element << width;
        }

        return isWide ? element : (uint)element;
    }
}
