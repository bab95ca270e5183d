using KernelBuild.KernelImages.Code;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>Loads and stores of general registers as text.</summary>
internal static class MemoryText
{
    public static string? Of(uint word, ulong address)
    {
        // vectors have bit 26
        if ((word >> 26 & 1) != 0)
        {
            return null;
        }

        if ((word & 0xbf00_0000) == 0x1800_0000)
        {
            return InstructionText.Text(
                $"ldr\t{InstructionText.Register(Opcode.Rd(word), (word >> 30 & 1) != 0)}, 0x{Opcode.Target19(word, address):x}");
        }

        return (word & 0x3b00_0000) == 0x3900_0000
            ? Unsigned(word)
            : (word & 0x3b20_0000) == 0x3800_0000 ? Unscaled(word) : (word & 0x3a00_0000) == 0x2800_0000 ? Pair(word) : null;
    }

    private static string? Unsigned(uint word)
    {
        if (Name(word, "") is not { } name)
        {
            return null;
        }

        var offset = (word >> 10 & 0xfff) << (int)(word >> 30);
        var place = offset == 0 ? "" : InstructionText.Text($", #0x{offset:x}");
        return $"{name.Mnemonic}\t{name.Register}, [{InstructionText.StackOr(Opcode.Rn(word), true)}{place}]";
    }

    private static string? Unscaled(uint word)
    {
        var form = word >> 10 & 3;
        if (form == 2 || Name(word, form == 0 ? "u" : "") is not { } name)
        {
            return null;
        }

        var offset = (int)(word << 11) >> 23;
        var (register, immediate) = (InstructionText.StackOr(Opcode.Rn(word), true), Signed(offset));
        return $"{name.Mnemonic}\t{name.Register}, " + form switch
        {
            0 => offset == 0 ? $"[{register}]" : $"[{register}, {immediate}]",
            1 => $"[{register}], {immediate}",
            _ => $"[{register}, {immediate}]!",
        };
    }

    private static string? Pair(uint word)
    {
        var form = word >> 23 & 3;
        var size = word >> 30;
        if (form == 0 || size is 1 or 3)
        {
            return null;
        }

        var isWide = size == 2;
        var offset = ((int)(word << 10) >> 25) * (isWide ? 8 : 4);
        var (register, immediate) = (InstructionText.StackOr(Opcode.Rn(word), true), Signed(offset));
        return $"{((word >> 22 & 1) != 0 ? "ldp" : "stp")}\t{InstructionText.Register(Opcode.Rd(word), isWide)}, "
            + $"{InstructionText.Register(Opcode.Rt2(word), isWide)}, " + form switch
        {
            1 => $"[{register}], {immediate}",
            2 => offset == 0 ? $"[{register}]" : $"[{register}, {immediate}]",
            _ => $"[{register}, {immediate}]!",
        };
    }

    /// <summary>
    /// Mnemonic and register by size (bits 31 and 30) and kind (23 and 22): store, load, load with sign into 64 or 32 bits.
    /// </summary>
    private static (string Mnemonic, string Register)? Name(uint word, string unscaled)
    {
        var (size, kind) = (word >> 30, word >> 22 & 3);
        var suffix = size switch { 0 => "b", 1 => "h", 2 when kind == 2 => "w", _ => "" };
        if ((kind == 3 && size >= 2) || (kind == 2 && size == 3))
        {
            return null;
        }

        var mnemonic = kind switch { 0 => "st", _ => "ld" } + unscaled + "r" + (kind >= 2 ? "s" : "") + suffix;
        return (mnemonic, InstructionText.Register(Opcode.Rd(word), kind == 2 || (size == 3 && kind < 2)));
    }

    private static string Signed(int offset) =>
        offset < 0 ? InstructionText.Text($"#-0x{-offset:x}") : InstructionText.Text($"#0x{offset:x}");
}
