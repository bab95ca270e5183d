using System.Globalization;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>A number as mkdtboimg reads it: decimal, hexadecimal with 0x, octal with a leading 0.</summary>
public static class DtboNumber
{
    /// <param name="value">32 bits; 0 when the result is false.</param>
    public static bool TryParse(string text, out uint value)
    {
        value = 0;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        if (text.Length < 2 || text[0] != '0')
        {
            return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }

        ulong number = 0;
        foreach (var digit in text)
        {
            if (digit is < '0' or > '7' || (number = (number * 8) + (uint)(digit - '0')) > uint.MaxValue)
            {
                return false;
            }
        }

        value = (uint)number;
        return true;
    }
}
