namespace KernelBuild.KernelImages.Code;

/// <summary>
/// Which general registers an instruction may write, as a mask of bits 0 to 30. Where the encoding is not looked at closely, more is named
/// than is written: a value that is forgotten is a question without an answer, one that is kept wrongly would be a wrong answer.
/// </summary>
internal static class RegisterWrites
{
    /// <summary>
    /// What a call leaves undefined: x0 to x18, and the link register. Source: Procedure Call Standard for the Arm 64-bit Architecture.
    /// </summary>
    public const uint OfCall = 0x4007_ffff;

    public static uint Of(uint word)
    {
        var rd = Bit(Opcode.Rd(word));
        return (word >> 25 & 0xf) switch
        {
            0b1000 or 0b1001 or 0b0101 or 0b1101 => rd,
            0b0111 or 0b1111 => rd,
            0b1010 or 0b1011 => OfBranchOrSystem(word),
            0b0100 or 0b0110 or 0b1100 or 0b1110 => OfMemory(word),
            _ => rd,
        };
    }

    private static uint OfBranchOrSystem(uint word) =>
        Opcode.IsBranchLink(word) || Opcode.IsBranchLinkRegister(word) ? OfCall
        : (word & 0xffc0_0000) == 0xd500_0000 ? Bit(Opcode.Rd(word))
        : (word & 0xffe0_001f) is 0xd400_0001 or 0xd400_0002 or 0xd400_0003 ? OfCall
        : 0;

    private static uint OfMemory(uint word)
    {
        var rt = Bit(Opcode.Rd(word));
        var rn = Bit(Opcode.Rn(word));
        var isVector = (word >> 26 & 1) != 0;

        // loads and stores of pairs: bits 29 to 27 are 101
        if ((word >> 27 & 7) == 0b101)
        {
            var writeBack = (word >> 23 & 1) != 0 ? rn : 0;
            var isLoad = (word >> 22 & 1) != 0;
            return isVector || !isLoad ? writeBack : rt | Bit(Opcode.Rt2(word)) | writeBack;
        }

        // single register: bits 29 to 27 are 111
        if ((word >> 27 & 7) == 0b111)
        {
            var isUnsigned = (word >> 24 & 1) != 0;
            var form = word >> 10 & 3;
            var isRegisterForm = (word >> 21 & 1) != 0;
            var writeBack = !isUnsigned && !isRegisterForm && form is 1 or 3 ? rn : 0;
            var isAtomic = !isUnsigned && isRegisterForm && form == 0;
            var isLoad = (word >> 22 & 3) != 0;
            return isVector ? writeBack : isAtomic || isLoad ? rt | writeBack : writeBack;
        }

        // literals: bits 29 to 27 are 011
        if ((word >> 27 & 7) == 0b011)
        {
            return isVector ? 0 : rt | rn;
        }

        // exclusives, compare and swap, and vector structures with write-back
        return rt | rn | Bit(Opcode.Rm(word)) | Bit(Opcode.Rt2(word));
    }

    private static uint Bit(int register) => register == Opcode.ZeroRegister ? 0 : 1u << register;
}
