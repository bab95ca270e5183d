using System.Globalization;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>A number as mkdtboimg reads it: decimal, hexadecimal with 0x, octal with a leading 0 or 0o, underscores between digits.</summary>
public static class DtboNumber
{
    /// <param name="value">32 bits; 0 when the result is false.</param>
    public static bool TryParse(string text, out uint value)
    {
        value = 0;
        if (text.StartsWith('_') || text.EndsWith('_') || text.Contains("__", StringComparison.Ordinal))
        {
            return false;
        }

        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return uint.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        if (digits.Length < 2 || digits[0] != '0')
        {
            return uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }

        ulong number = 0;
        var octal = digits.AsSpan(digits[1] is 'o' or 'O' ? 2 : 0);
        foreach (var digit in octal)
        {
            if (digit is < '0' or > '7' || (number = (number * 8) + (uint)(digit - '0')) > uint.MaxValue)
            {
                return false;
            }
        }

        value = (uint)number;
        return !octal.IsEmpty;
    }
}
