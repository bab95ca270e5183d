using KernelBuild.Diagnostics;

namespace KernelBuild.Configure;

/// <summary>Reads fragments, which people write: a line that is neither a setting nor a comment is an error.</summary>
public static class ConfigFragment
{
    private const string Prefix = "CONFIG_";
    private const string NotSet = " is not set";

    /// <exception cref="DiagnosticException">KB3001, or one KB3002 for each line that is neither a setting nor a comment.</exception>
    public static IReadOnlyList<ConfigRequest> Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FragmentMissing, $"the fragment '{path}' does not exist",
                "correct the ConfigFragment item of the device project"));
        }

        return Parse(File.ReadAllText(path), path);
    }

    /// <param name="path">Named in findings.</param>
    public static IReadOnlyList<ConfigRequest> Parse(string text, string path)
    {
        var requests = new List<ConfigRequest>();
        var findings = new List<Diagnostic>();
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0)
            {
                continue;
            }

            if (line[0] == '#')
            {
                if (ReadNotSet(line) is { } symbol)
                {
                    requests.Add(new ConfigRequest(symbol, "n", path, number));
                }
            }
            else if (ReadSetting(line) is { } setting)
            {
                requests.Add(new ConfigRequest(setting.Symbol, setting.Value, path, number));
            }
            else
            {
                findings.Add(Diagnostic.Error(
                    DiagnosticCodes.FragmentLineInvalid,
                    $"'{line}' is no setting",
                    "write CONFIG_NAME=y (or m, n, a number, a \"string\", nothing) or '# CONFIG_NAME is not set'") with
                { File = path, Line = number });
            }
        }

        return findings.Count == 0 ? requests : throw new DiagnosticException(findings);
    }

    /// <summary>The symbol of "# CONFIG_X is not set", else null.</summary>
    internal static string? ReadNotSet(string line)
    {
        if (!line.StartsWith('#'))
        {
            return null;
        }

        var content = line[1..].Trim();
        return content.EndsWith(NotSet, StringComparison.Ordinal) && IsSymbol(content[..^NotSet.Length]) ? content[..^NotSet.Length] : null;
    }

    private static (string Symbol, string Value)? ReadSetting(string line)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || !IsSymbol(line[..equals]))
        {
            return null;
        }

        var value = line[(equals + 1)..];
        return IsValue(value) ? (line[..equals], value) : null;
    }

    internal static bool IsSymbol(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal)
        && text.Length > Prefix.Length
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsValue(string value) =>
        value is "y" or "m" or "n" or ""
        || (value.Length >= 2 && value[0] == '"' && value[^1] == '"')
        || (value.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && value.Length > 2 && value.Skip(2).All(char.IsAsciiHexDigit))
        || ((value.StartsWith('-') ? value[1..] : value) is { Length: > 0 } digits && digits.All(char.IsAsciiDigit));
}
