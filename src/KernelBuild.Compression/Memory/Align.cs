using System.Runtime.CompilerServices;

namespace KernelBuild.Compression.Memory;

/// <summary>Lengths and offsets as formats align them: to a multiple of a page, a block, a word. Units need not be powers of two.</summary>
public static class Align
{
    /// <summary>The smallest multiple of a unit that is not less than a length.</summary>
    /// <param name="length">Bytes, 0 or more, far below 2^63.</param>
    /// <param name="unit">Above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Up(long length, long unit) => Units(length, unit) * unit;

    /// <summary>How many units a length takes, the last one counted even when it is not full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Units(long length, long unit) => (length + unit - 1) / unit;

    /// <summary>Bytes from a length to the next multiple of a unit; 0 when it is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Padding(long length, long unit) => (int)(Up(length, unit) - length);
}
