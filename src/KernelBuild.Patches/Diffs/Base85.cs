using System.Buffers.Binary;

namespace KernelBuild.Patches.Diffs;

/// <summary>Base 85 with the alphabet of RFC 1924, as git's binary patches use it.</summary>
internal static class Base85
{
    private static readonly sbyte[] Values = CreateValues();

    private static ReadOnlySpan<byte> Alphabet =>
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"u8;

    /// <param name="text">A multiple of five letters.</param>
    /// <param name="length">Bytes wanted, at most four for every five letters.</param>
    public static bool TryDecode(ReadOnlySpan<byte> text, int length, Stream into)
    {
        Span<byte> group = stackalloc byte[4];
        for (; length > 0; text = text[5..], length -= 4)
        {
            ulong value = 0;
            foreach (var letter in text[..5])
            {
                var digit = letter < 128 ? Values[letter] : -1;
                if (digit < 0)
                {
                    return false;
                }

                value = (value * 85) + (ulong)digit;
            }

            if (value > uint.MaxValue)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt32BigEndian(group, (uint)value);
            into.Write(group[..Math.Min(length, 4)]);
        }

        return true;
    }

    private static sbyte[] CreateValues()
    {
        var values = new sbyte[128];
        Array.Fill(values, (sbyte)-1);
        for (var digit = 0; digit < Alphabet.Length; digit++)
        {
            values[Alphabet[digit]] = (sbyte)digit;
        }

        return values;
    }
}
