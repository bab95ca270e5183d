namespace KernelBuild.KernelImages.Code;

/// <summary>
/// The instruction forms that control flow and addresses are made of, told apart by their fixed bits. A word is one instruction, little
/// endian. Source: Arm Architecture Reference Manual, C4 (A64 instruction set encoding).
/// </summary>
internal static class Opcode
{
    public const int Length = 4;
    public const int ZeroRegister = 31;

    public static bool IsBranchLink(uint word) => (word & 0xfc00_0000) == 0x9400_0000;

    public static bool IsBranch(uint word) => (word & 0xfc00_0000) == 0x1400_0000;

    public static bool IsConditionalBranch(uint word) => (word & 0xff00_0000) == 0x5400_0000;

    public static bool IsCompareBranch(uint word) => (word & 0x7e00_0000) == 0x3400_0000;

    public static bool IsTestBranch(uint word) => (word & 0x7e00_0000) == 0x3600_0000;

    /// <summary>BLR, and BLRAA and the like with pointer authentication.</summary>
    public static bool IsBranchLinkRegister(uint word) => (word & 0xffff_fc1f) == 0xd63f_0000 || (word & 0xfeff_f800) == 0xd63f_0800;

    public static bool IsBranchRegister(uint word) => (word & 0xffff_fc1f) == 0xd61f_0000 || (word & 0xfeff_f800) == 0xd61f_0800;

    /// <summary>RET, RETAA, RETAB, ERET.</summary>
    public static bool IsReturn(uint word) =>
        (word & 0xffff_fc1f) == 0xd65f_0000 || (word & 0xffff_fbff) == 0xd65f_0bff || word == 0xd69f_03e0;

    /// <summary>BRK and UDF: nothing comes back from a bug.</summary>
    public static bool IsTrap(uint word) => (word & 0xffe0_001f) == 0xd420_0000 || (word & 0xffff_0000) == 0;

    public static bool IsAdrp(uint word) => (word & 0x9f00_0000) == 0x9000_0000;

    public static bool IsAdr(uint word) => (word & 0x9f00_0000) == 0x1000_0000;

    public static bool IsAddImmediate(uint word) => (word & 0xff80_0000) == 0x9100_0000;

    public static bool IsSubtractImmediate(uint word) => (word & 0xff80_0000) == 0xd100_0000;

    /// <summary>LDR of 64 bits with an unsigned offset.</summary>
    public static bool IsLoadQuad(uint word) => (word & 0xffc0_0000) == 0xf940_0000;

    /// <summary>LDR of 64 bits with a signed offset of 9 bits: LDUR, and the forms that write the address back after or before.</summary>
    public static bool IsLoadQuadNear(uint word) => (word & 0xffe0_0000) == 0xf840_0000 && (word >> 10 & 3) != 2;

    /// <summary>The signed offset of <see cref="IsLoadQuadNear"/>, in bytes.</summary>
    public static ulong NearOffset(uint word) => (ulong)((long)(int)(word << 11) >> 23);

    /// <summary>LDP of twice 64 bits that writes no address back.</summary>
    public static bool IsLoadPair(uint word) => (word & 0xffc0_0000) == 0xa940_0000;

    /// <summary>The signed offset of <see cref="IsLoadPair"/>, in bytes.</summary>
    public static ulong PairOffset(uint word) => (ulong)(((long)(int)(word << 10) >> 25) * 8);

    /// <summary>LDR of 64 bits from a place near the instruction.</summary>
    public static bool IsLoadLiteral(uint word) => (word & 0xff00_0000) == 0x5800_0000;

    /// <summary>MOV between registers: ORR with the zero register, 64 bits.</summary>
    public static bool IsMove(uint word) => (word & 0xffe0_ffe0) == 0xaa00_03e0;

    /// <summary>CMP of two registers, 32 bits: SUBS into the zero register.</summary>
    public static bool IsCompare(uint word) => (word & 0xffe0_fc1f) == 0x6b00_001f;

    public static bool IsSelect(uint word) => (word & 0xffe0_0c00) == 0x9a80_0000;

    public static int Rd(uint word) => (int)(word & 31);

    public static int Rn(uint word) => (int)(word >> 5 & 31);

    public static int Rm(uint word) => (int)(word >> 16 & 31);

    public static int Rt2(uint word) => (int)(word >> 10 & 31);

    /// <summary>The target of B and BL.</summary>
    public static ulong Target26(uint word, ulong address) => address + (ulong)((long)((int)(word << 6) >> 6) * Length);

    /// <summary>The target of B.cond, CBZ, CBNZ; the place of LDR (literal).</summary>
    public static ulong Target19(uint word, ulong address) => address + (ulong)((long)((int)(word << 8) >> 13) * Length);

    /// <summary>The target of TBZ and TBNZ.</summary>
    public static ulong Target14(uint word, ulong address) => address + (ulong)((long)((int)(word << 13) >> 18) * Length);

    /// <summary>What ADR and ADRP give.</summary>
    public static ulong AdrValue(uint word, ulong address)
    {
        var immediate = (long)(((int)(word << 8) >> 13 << 2) | (int)(word >> 29 & 3));
        return IsAdrp(word) ? (address & ~0xffful) + (ulong)(immediate << 12) : address + (ulong)immediate;
    }

    /// <summary>The immediate of ADD and SUB.</summary>
    public static ulong AddImmediate(uint word) => (ulong)(word >> 10 & 0xfff) << ((word >> 22 & 1) == 0 ? 0 : 12);

    /// <summary>The offset of LDR with an unsigned offset, in bytes.</summary>
    public static ulong QuadOffset(uint word) => (ulong)(word >> 10 & 0xfff) * 8;

    /// <summary>The target inside or outside the function of a direct branch of any kind; 0 when the word is none.</summary>
    public static ulong DirectTarget(uint word, ulong address) =>
        IsBranch(word) || IsBranchLink(word) ? Target26(word, address)
        : IsConditionalBranch(word) || IsCompareBranch(word) ? Target19(word, address)
        : IsTestBranch(word) ? Target14(word, address)
        : 0;
}
