using System.Globalization;
using KernelBuild.KernelImages.Code;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>
/// Instructions as text, in the spelling of LLVM: what kernels are made of; vectors and rare extensions are left as words.
/// Source: Arm Architecture Reference Manual, C4 and C6.
/// </summary>
internal static class InstructionText
{
    private static readonly string[] Conditions =
    [
        "eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv",
    ];

    public static string Of(uint word, ulong address) =>
        OfBranch(word, address) ?? OfAddress(word, address) ?? OfMove(word) ?? ArithmeticText.Of(word) ?? BitsText.Of(word) ?? MemoryText.Of(word, address)
            ?? ExclusiveText.Of(word) ?? SystemText.Of(word) ?? Text($".inst\t0x{word:x8}");

    private static string? OfBranch(uint word, ulong address)
    {
        var isWide = word >> 31 != 0;
        var rt = Register(Opcode.Rd(word), isWide);
        var rn = Register(Opcode.Rn(word), true);
        return word switch
        {
            0xd503_201f => "nop",
            _ when Opcode.IsBranchLink(word) => Text($"bl\t0x{Opcode.Target26(word, address):x}"),
            _ when Opcode.IsBranch(word) => Text($"b\t0x{Opcode.Target26(word, address):x}"),
            _ when Opcode.IsConditionalBranch(word) && (word & 16) == 0 =>
                Text($"b.{Conditions[word & 15]}\t0x{Opcode.Target19(word, address):x}"),
            _ when Opcode.IsCompareBranch(word) =>
                Text($"{((word >> 24 & 1) == 0 ? "cbz" : "cbnz")}\t{rt}, 0x{Opcode.Target19(word, address):x}"),
            _ when Opcode.IsTestBranch(word) =>
                ((word >> 24 & 1) == 0 ? "tbz" : "tbnz")
                + Text($"\t{rt}, #0x{(word >> 26 & 32) | (word >> 19 & 31):x}, 0x{Opcode.Target14(word, address):x}"),
            0xd65f_03c0 => "ret",
            _ when (word & 0xffff_fc1f) == 0xd65f_0000 => $"ret\t{rn}",
            _ when (word & 0xffff_fc1f) == 0xd61f_0000 => $"br\t{rn}",
            _ when (word & 0xffff_fc1f) == 0xd63f_0000 => $"blr\t{rn}",
            _ when (word & 0xffe0_001f) == 0xd420_0000 => Text($"brk\t#0x{word >> 5 & 0xffff:x}"),
            _ => null,
        };
    }

    private static string? OfAddress(uint word, ulong address)
    {
        if (Opcode.IsAdr(word) || Opcode.IsAdrp(word))
        {
            return Text(
                $"{(Opcode.IsAdr(word) ? "adr" : "adrp")}\t{Register(Opcode.Rd(word), true)}, 0x{Opcode.AdrValue(word, address):x}");
        }

        if ((word & 0x1f80_0000) != 0x1100_0000)
        {
            return null;
        }

        var (isWide, isSubtract, setsFlags, isShifted) = (word >> 31 != 0, (word >> 30 & 1) != 0, (word >> 29 & 1) != 0,
            (word >> 22 & 1) != 0);
        var immediate = Text($"#0x{word >> 10 & 0xfff:x}{(isShifted ? ", lsl #12" : "")}");
        var (rd, rn) = (Opcode.Rd(word), Opcode.Rn(word));
        if (setsFlags && rd == Opcode.ZeroRegister)
        {
            return $"{(isSubtract ? "cmp" : "cmn")}\t{StackOr(rn, isWide)}, {immediate}";
        }

        return !isSubtract && !setsFlags && (word >> 10 & 0x1fff) == 0 && (rd == Opcode.ZeroRegister || rn == Opcode.ZeroRegister)
            ? $"mov\t{StackOr(rd, isWide)}, {StackOr(rn, isWide)}"
            : $"{(isSubtract ? "sub" : "add")}{(setsFlags ? "s" : "")}\t{(setsFlags ? Register(rd, isWide) : StackOr(rd, isWide))}, "
                + $"{StackOr(rn, isWide)}, {immediate}";
    }

    private static string? OfMove(uint word)
    {
        var isWide = word >> 31 != 0;
        if ((word & 0x7fe0_ffe0) == 0x2a00_03e0)
        {
            return $"mov\t{Register(Opcode.Rd(word), isWide)}, {Register(Opcode.Rm(word), isWide)}";
        }

        if ((word & 0x7f80_0000) == 0x7280_0000 && (isWide || (word >> 22 & 1) == 0))
        {
            var shift = (word >> 21 & 3) * 16;
            return Text(
                $"movk\t{Register(Opcode.Rd(word), isWide)}, #0x{word >> 5 & 0xffff:x}{(shift == 0 ? "" : Text($", lsl #{shift}"))}");
        }

        if ((word & 0x3fe0_0c00) == 0x1a80_0000 && (word >> 30 & 1) == 0)
        {
            return $"csel\t{Register(Opcode.Rd(word), isWide)}, {Register(Opcode.Rn(word), isWide)}, {Register(Opcode.Rm(word), isWide)}, "
                + $"{Conditions[word >> 12 & 15]}";
        }

        // MOVZ and MOVN, which LLVM writes as mov of the number unless zero is shifted
        if ((word & 0x1f80_0000) != 0x1280_0000 || (word >> 29 & 3) is not (0 or 2) || (!isWide && (word >> 22 & 1) != 0))
        {
            return null;
        }

        if ((word >> 5 & 0xffff) == 0 && (word >> 21 & 3) is not 0 and var zeros)
        {
            return Text($"{((word >> 29 & 3) == 0 ? "movn" : "movz")}\t{Register(Opcode.Rd(word), isWide)}, #0x0, lsl #{zeros * 16}");
        }

        return $"mov\t{Register(Opcode.Rd(word), isWide)}, {Signed(MoveImmediate.Result(word, Value.Unknown).Number, isWide)}";
    }

    /// <summary>A number as LLVM writes it behind mov: in hexadecimal, with its sign.</summary>
    internal static string Signed(ulong bits, bool isWide)
    {
        var value = isWide ? (long)bits : (int)(uint)bits;
        return Text($"#{(value < 0 ? "-" : "")}0x{(ulong)Math.Abs((decimal)value):x}");
    }

    internal static string Condition(uint number) => Conditions[number];

    internal static string Register(int number, bool isWide) =>
        number == Opcode.ZeroRegister ? (isWide ? "xzr" : "wzr") : Text($"{(isWide ? 'x' : 'w')}{number}");

    internal static string StackOr(int number, bool isWide) =>
        number == Opcode.ZeroRegister ? (isWide ? "sp" : "wsp") : Register(number, isWide);

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
