using System.Globalization;

namespace KernelBuild.Cli.CommandLine;

/// <summary>Numbers of the command line, decimal or with 0x.</summary>
internal static class Numbers
{
    public static bool TryParse(string text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <exception cref="KernelBuild.Diagnostics.DiagnosticException">KB9010.</exception>
    public static ulong Parse(string option, string text, ulong most = ulong.MaxValue) => TryParse(text, out var value) && value <= most
        ? value
        : throw CommandFrame.Usage(
            $"{option} wants a number{(most == ulong.MaxValue ? "" : $" up to {most}")}, not '{text}'", "write it in decimal or with 0x");

    /// <summary>Null stays null.</summary>
    public static long? ParseSize(string option, string? text) => text is null ? null : (long)Parse(option, text, long.MaxValue);
}
