using KernelBuild.KernelImages.Code;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>Loads and stores of general registers as text.</summary>
internal static class MemoryText
{
    public static string? Of(uint word, ulong address)
    {
        if ((word & 0x3e00_0000) == 0x2c00_0000)
        {
            return VectorPair(word);
        }

        // all other vectors
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
            : (word & 0x3b20_0000) == 0x3800_0000 ? Unscaled(word)
            : (word & 0x3b20_0c00) == 0x3820_0800 ? Indexed(word) : (word & 0x3a00_0000) == 0x2800_0000 ? Pair(word) : null;
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
        if (Name(word, form switch { 0 => "u", 2 => "t", _ => "" }) is not { } name || (form != 0 && name.Mnemonic.StartsWith("prf", StringComparison.Ordinal)))
        {
            return null;
        }

        var offset = (int)(word << 11) >> 23;
        var (register, immediate) = (InstructionText.StackOr(Opcode.Rn(word), true), Signed(offset));
        return $"{name.Mnemonic}\t{name.Register}, " + form switch
        {
            0 or 2 => offset == 0 ? $"[{register}]" : $"[{register}, {immediate}]",
            1 => $"[{register}], {immediate}",
            _ => $"[{register}, {immediate}]!",
        };
    }

    private static string? Pair(uint word)
    {
        var form = word >> 23 & 3;
        var size = word >> 30;
        var isLoad = (word >> 22 & 1) != 0;
        if (size == 3 || (size == 1 && (!isLoad || form == 0)))
        {
            return null;
        }

        var isWide = size != 0;
        return $"{(isLoad ? "ld" : "st")}{(form == 0 ? "np" : size == 1 ? "psw" : "p")}\t{InstructionText.Register(Opcode.Rd(word), isWide)}, "
            + $"{InstructionText.Register(Opcode.Rt2(word), isWide)}, {PairPlace(word, size == 2 ? 8 : 4)}";
    }

    private static string? VectorPair(uint word)
    {
        var size = word >> 30;
        if (size == 3)
        {
            return null;
        }

        var letter = size switch { 0 => 's', 1 => 'd', _ => 'q' };
        return InstructionText.Text(
            $"{((word >> 22 & 1) != 0 ? "ld" : "st")}{((word >> 23 & 3) == 0 ? "np" : "p")}\t{letter}{Opcode.Rd(word)}, {letter}{Opcode.Rt2(word)}, ")
            + PairPlace(word, 4 << (int)size);
    }

    private static string PairPlace(uint word, int scale)
    {
        var offset = ((int)(word << 10) >> 25) * scale;
        var (register, immediate) = (InstructionText.StackOr(Opcode.Rn(word), true), Signed(offset));
        return (word >> 23 & 3) switch
        {
            1 => $"[{register}], {immediate}",
            3 => $"[{register}, {immediate}]!",
            _ => offset == 0 ? $"[{register}]" : $"[{register}, {immediate}]",
        };
    }

    /// <summary>With a second register, which is widened or shifted by the size.</summary>
    private static string? Indexed(uint word)
    {
        var (extension, isShifted) = (word >> 13 & 7, (word >> 12 & 1) != 0);
        if ((extension & 2) == 0 || Name(word, "") is not { } name)
        {
            return null;
        }

        var shift = isShifted ? InstructionText.Text($" #{word >> 30}") : "";
        var widened = extension switch { 2 => ", uxtw" + shift, 3 => isShifted ? ", lsl" + shift : "", 6 => ", sxtw" + shift, _ => ", sxtx" + shift };
        return $"{name.Mnemonic}\t{name.Register}, [{InstructionText.StackOr(Opcode.Rn(word), true)}, "
            + $"{InstructionText.Register(Opcode.Rm(word), (extension & 1) != 0)}{widened}]";
    }

    /// <summary>What PRFM does with the line: for a load, instructions or a store, into which cache, kept or streamed.</summary>
    private static string? Prefetch(uint word)
    {
        var (use, level) = (word >> 3 & 3, word >> 1 & 3);
        return use == 3 || level == 3 ? null
            : InstructionText.Text($"{use switch { 0 => "pld", 1 => "pli", _ => "pst" }}l{level + 1}{((word & 1) == 0 ? "keep" : "strm")}");
    }

    /// <summary>
    /// Mnemonic and register by size (bits 31 and 30) and kind (23 and 22): store, load, load with sign into 64 or 32 bits.
    /// </summary>
    private static (string Mnemonic, string Register)? Name(uint word, string unscaled)
    {
        var (size, kind) = (word >> 30, word >> 22 & 3);
        if (kind == 2 && size == 3)
        {
            return unscaled == "t" || Prefetch(word) is not { } prefetch ? null : (unscaled == "u" ? "prfum" : "prfm", prefetch);
        }

        var suffix = size switch { 0 => "b", 1 => "h", 2 when kind == 2 => "w", _ => "" };
        if (kind == 3 && size >= 2)
        {
            return null;
        }

        var mnemonic = kind switch { 0 => "st", _ => "ld" } + unscaled + "r" + (kind >= 2 ? "s" : "") + suffix;
        return (mnemonic, InstructionText.Register(Opcode.Rd(word), kind == 2 || (size == 3 && kind < 2)));
    }

    private static string Signed(int offset) =>
        offset < 0 ? InstructionText.Text($"#-0x{-offset:x}") : InstructionText.Text($"#0x{offset:x}");
}
