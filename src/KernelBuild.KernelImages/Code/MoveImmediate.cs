namespace KernelBuild.KernelImages.Code;

/// <summary>MOVZ, MOVN and MOVK, of 32 and 64 bits.</summary>
internal static class MoveImmediate
{
    public static Value Result(uint word, in Value old)
    {
        if ((word & 0x1f80_0000) != 0x1280_0000)
        {
            return Value.Unknown;
        }

        var isWide = word >> 31 != 0;
        var shift = (int)(word >> 21 & 3) * 16;
        var immediate = (ulong)(word >> 5 & 0xffff) << shift;
        return (word >> 29 & 3) switch
        {
            0 => Value.Constant(isWide ? ~immediate : (uint)~immediate),
            2 => Value.Constant(immediate),
            3 => old.Map(number => (number & ~(0xffffUL << shift)) | immediate),
            _ => Value.Unknown,
        };
    }
}
