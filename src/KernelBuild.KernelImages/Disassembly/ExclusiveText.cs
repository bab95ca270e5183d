using KernelBuild.KernelImages.Code;
using static KernelBuild.KernelImages.Disassembly.InstructionText;

namespace KernelBuild.KernelImages.Disassembly;

/// <summary>
/// Exclusive and ordered loads and stores, and those that change memory in one step (FEAT_LSE), as text. Source: Arm Architecture Reference
/// Manual, C4.1.96.
/// </summary>
internal static class ExclusiveText
{
    private static readonly string[] Steps = ["add", "clr", "eor", "set", "smax", "smin", "umax", "umin"];

    /// <returns>Null for everything else.</returns>
    public static string? Of(uint word) => word switch
    {
        _ when (word & 0x3fff_fc00) == 0x38bf_c000 => $"ldapr{Suffix(word)}\t{Target(word)}, {Place(word)}",
        _ when (word & 0x3f20_0c00) == 0x3820_0000 => Step(word),
        _ when (word & 0x3f80_0000) == 0x0880_0000 => (word >> 21 & 1) != 0 ? CompareAndSwap(word) : Ordered(word),
        _ when (word & 0x3f80_0000) == 0x0800_0000 => (word >> 21 & 1) != 0 ? ExclusivePair(word) : Exclusive(word),
        _ => null,
    };

    private static string? Step(uint word)
    {
        var (isSwap, code) = ((word >> 15 & 1) != 0, word >> 12 & 7);
        if (isSwap && code != 0)
        {
            return null;
        }

        var acquires = (word >> 23 & 1) != 0;
        var order = (acquires ? "a" : "") + ((word >> 22 & 1) != 0 ? "l" : "");
        var source = Register(Opcode.Rm(word), word >> 30 == 3);
        return !isSwap && !acquires && Opcode.Rd(word) == Opcode.ZeroRegister
            ? $"st{Steps[code]}{order}{Suffix(word)}\t{source}, {Place(word)}"
            : $"{(isSwap ? "swp" : "ld" + Steps[code])}{order}{Suffix(word)}\t{source}, {Target(word)}, {Place(word)}";
    }

    private static string? CompareAndSwap(uint word) => Opcode.Rt2(word) != Opcode.ZeroRegister
        ? null
        : $"cas{((word >> 22 & 1) != 0 ? "a" : "")}{((word >> 15 & 1) != 0 ? "l" : "")}{Suffix(word)}\t"
            + $"{Register(Opcode.Rm(word), word >> 30 == 3)}, {Target(word)}, {Place(word)}";

    private static string? Ordered(uint word)
    {
        var (isLoad, isLimited) = ((word >> 22 & 1) != 0, (word >> 15 & 1) == 0);
        return Opcode.Rm(word) != Opcode.ZeroRegister || Opcode.Rt2(word) != Opcode.ZeroRegister
            ? null
            : $"{(isLoad ? (isLimited ? "ldlar" : "ldar") : isLimited ? "stllr" : "stlr")}{Suffix(word)}\t{Target(word)}, {Place(word)}";
    }

    private static string? Exclusive(uint word)
    {
        var (isLoad, isOrdered) = ((word >> 22 & 1) != 0, (word >> 15 & 1) != 0);
        return Opcode.Rt2(word) != Opcode.ZeroRegister || (isLoad && Opcode.Rm(word) != Opcode.ZeroRegister)
            ? null
            : isLoad ? $"{(isOrdered ? "ldaxr" : "ldxr")}{Suffix(word)}\t{Target(word)}, {Place(word)}"
            : $"{(isOrdered ? "stlxr" : "stxr")}{Suffix(word)}\t{Register(Opcode.Rm(word), false)}, {Target(word)}, {Place(word)}";
    }

    private static string? ExclusivePair(uint word)
    {
        var (isLoad, isOrdered) = ((word >> 22 & 1) != 0, (word >> 15 & 1) != 0);
        if (word >> 31 == 0 || (isLoad && Opcode.Rm(word) != Opcode.ZeroRegister))
        {
            return null;
        }

        var targets = $"{Target(word)}, {Register(Opcode.Rt2(word), word >> 30 == 3)}, {Place(word)}";
        return isLoad
            ? $"{(isOrdered ? "ldaxp" : "ldxp")}\t{targets}"
            : $"{(isOrdered ? "stlxp" : "stxp")}\t{Register(Opcode.Rm(word), false)}, {targets}";
    }

    private static string Suffix(uint word) => (word >> 30) switch { 0 => "b", 1 => "h", _ => "" };

    private static string Target(uint word) => Register(Opcode.Rd(word), word >> 30 == 3);

    private static string Place(uint word) => $"[{StackOr(Opcode.Rn(word), true)}]";
}
