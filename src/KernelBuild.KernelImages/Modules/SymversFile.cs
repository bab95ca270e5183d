using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// Module.symvers, which modpost writes: checksum, symbol, exporter, kind of export and, since 5.4, namespace, with tabs between. In 5.4
/// and
/// 5.5 the namespace stood third.
/// </summary>
public static class SymversFile
{
    private const int MostLines = 1_000_000;

    /// <summary>Whether a text is one, from its first line.</summary>
    public static bool IsOne(string text) => TryReadLine(text.Split('\n', 2)[0].TrimEnd('\r'), out _);

    /// <summary>Reads one.</summary>
    /// <param name="text">The file.</param>
    /// <param name="file">Its name, for the error.</param>
    /// <param name="symbols">
    /// In the order of the file. Checksums are null throughout when all are zero: the kernel was built without MODVERSIONS.
    /// </param>
    /// <param name="error">KB8018 with the line.</param>
    public static bool TryRead(
        string text, string file, out ImmutableArray<ExportedSymbol> symbols, [NotNullWhen(false)] out Diagnostic? error)
    {
        symbols = [];
        error = null;
        var found = ImmutableArray.CreateBuilder<ExportedSymbol>();
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            if (number > MostLines || !TryReadLine(line, out var symbol))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.SymversInvalid,
                    "the line is not one of Module.symvers: 0xCHECKSUM, symbol, exporter, EXPORT_SYMBOL… with tabs between",
                    "give the Module.symvers that make left in its output folder, or vmlinux.symvers") with
                { File = file, Line = number, Found = line[..Math.Min(line.Length, 80)] };
                return false;
            }

            found.Add(symbol);
        }

        if (found.Count == 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.SymversInvalid, "the file names no symbol",
                "a kernel without CONFIG_MODULES leaves an empty Module.symvers, and loads no module; else build modules again") with
            { File = file };
            return false;
        }

        symbols = found.All(symbol => symbol.Crc == 0) ? [.. found.Select(symbol => symbol with { Crc = null })] : found.ToImmutable();
        return true;
    }

    private static bool TryReadLine(string line, [NotNullWhen(true)] out ExportedSymbol? symbol)
    {
        symbol = null;
        var fields = line.Split('\t');
        if (fields.Length < 4 || !fields[0].StartsWith("0x", StringComparison.Ordinal) || fields[1].Length == 0
            || !uint.TryParse(fields[0].AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc))
        {
            return false;
        }

        var kind = Array.FindIndex(fields, 3, field => field.StartsWith("EXPORT_", StringComparison.Ordinal) || field == "unknown");
        var (owner, space) = kind switch
        {
            3 => (fields[2], fields.Length > 4 ? fields[4] : ""),
            4 => (fields[3], fields[2]),
            _ => ("", ""),
        };
        if (owner.Length == 0)
        {
            return false;
        }

        symbol = new ExportedSymbol(fields[1], crc, fields[kind].Contains("GPL", StringComparison.Ordinal), space, owner);
        return true;
    }
}
