namespace KernelBuild.Archives;

/// <summary>The numbers of a tar header: octal digits, or GNU's base 256 when the first bit is set.</summary>
internal static class TarNumber
{
    /// <exception cref="InvalidDataException">No number, or one of more than 63 bits.</exception>
    public static long Read(ReadOnlySpan<byte> field) => TryRead(field, out var value)
        ? value
        : throw new InvalidDataException(
            $"a header has '{System.Text.Encoding.Latin1.GetString(field.TrimEnd((byte)0))}' where a number belongs");

    /// <summary>An empty field is 0, as tar takes it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if (field.Length > 0 && field[0] == 0x80)
        {
            foreach (var part in field[1..])
            {
                if (value > long.MaxValue >> 8)
                {
                    return false;
                }

                value = (value << 8) | part;
            }

            return true;
        }

        foreach (var digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }
}
