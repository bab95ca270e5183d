using System.Globalization;

namespace KernelBuild.Kconfig;

/// <summary>Numbers of symbols, as conf reads and writes them. Int128 holds what its long long and unsigned long long do.</summary>
internal static class KconfigNumber
{
    /// <summary>Of a symbol of any type, for comparisons: n, m, y are 0, 1, 2. Null for what is no number.</summary>
    public static Int128? Parse(string text, KconfigType type) => type switch
    {
        KconfigType.Boolean or KconfigType.Tristate => text switch { "n" => 0, "m" => 1, "y" => 2, _ => null },
        KconfigType.Number => Decimal(text),
        KconfigType.Hexadecimal => Hexadecimal(HasPrefix(text) ? text[2..] : text),
        _ => HasPrefix(text) ? Hexadecimal(text[2..]) : Decimal(text),
    };

    /// <summary>As a .config has it.</summary>
    public static string Write(KconfigType type, Int128 value) => type == KconfigType.Number
        ? value.ToString(CultureInfo.InvariantCulture)
        : "0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(1, '0');

    private static bool HasPrefix(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);

    private static Int128? Decimal(string text) =>
        Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static Int128? Hexadecimal(string text) =>
        text.Length > 0 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? (Int128)value : null;
}
