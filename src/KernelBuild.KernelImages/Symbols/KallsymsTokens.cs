using KernelBuild.Compression.Memory;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// The two tables that symbol names are compressed with: 256 NUL-terminated tokens, and behind them the offset of each (u16).
/// Source: scripts/kallsyms.c, write_src.
/// </summary>
/// <param name="TableOffset">Of kallsyms_token_table, in bytes from the start of the image.</param>
/// <param name="IndexOffset">Of kallsyms_token_index.</param>
internal sealed record KallsymsTokens(int TableOffset, int IndexOffset)
{
    public const int Count = 256;
    public const int IndexLength = Count * sizeof(ushort);
    private const int LargestAlignment = 256;
    private const int LongestTable = 256 * 64;

    // Every character that occurs in a name stays a token of its own, at the index of its code: digits always do.
    private static ReadOnlySpan<byte> Digits => "0\u00001\u00002\u00003\u00004\u00005\u00006\u00007\u00008\u00009\u0000"u8;

    public int IndexEnd => IndexOffset + IndexLength;

    /// <summary>
    /// All places where both tables stand and agree with each other; more than one is possible, since data can hold anything.
    /// </summary>
    public static IEnumerable<KallsymsTokens> FindAll(ReadOnlyMemory<byte> image)
    {
        for (var from = 0; from < image.Length;)
        {
            var at = image.Span[from..].IndexOf(Digits);
            if (at < 0)
            {
                yield break;
            }

            at += from;
            if (TryAt(image.Span, at) is { } tokens)
            {
                yield return tokens;
            }

            from = at + Digits.Length;
        }
    }

    private static KallsymsTokens? TryAt(ReadOnlySpan<byte> image, int digitZero)
    {
        var end = SkipTokens(image, digitZero, Count - '0');
        if (end < 0)
        {
            return null;
        }

        // Labels are aligned to 4 or 8 bytes, and to 256 where gas took ".align 8" for a power of two.
        for (var alignment = 4; alignment <= LargestAlignment; alignment *= 2)
        {
            var index = (int)Align.Up(end, alignment);
            if (!KernelBytes.Fits(image, index, IndexLength))
            {
                return null;
            }

            var table = digitZero - KernelBytes.U16(image, index + (2 * '0'));
            if (table >= 0 && Agree(image, table, index))
            {
                return new KallsymsTokens(table, index);
            }
        }

        return null;
    }

    private static int SkipTokens(ReadOnlySpan<byte> image, int at, int count)
    {
        var limit = Math.Min(image.Length, at + LongestTable);
        for (var i = 0; i < count; i++)
        {
            var length = image[at..limit].IndexOf((byte)0);
            if (length < 0)
            {
                return -1;
            }

            at += length + 1;
        }

        return at;
    }

    private static bool Agree(ReadOnlySpan<byte> image, int table, int index)
    {
        var expected = 0;
        for (var i = 0; i < Count; i++)
        {
            if (KernelBytes.U16(image, index + (2 * i)) != expected)
            {
                return false;
            }

            var rest = image[(table + expected)..index];
            var length = rest.IndexOf((byte)0);
            if (length < 0)
            {
                return false;
            }

            expected += length + 1;
        }

        return true;
    }
}
