using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Configure;

/// <summary>Reads fragments, which people write: a line that is neither a setting nor a comment is an error.</summary>
public static class ConfigFragment
{
    private const string Prefix = "CONFIG_";
    private const string NotSet = " is not set";

    /// <param name="kernel">Lines that are meant for other kernels are left out.</param>
    /// <exception cref="DiagnosticException">KB3001, or one KB3002 for each line that is neither a setting nor a comment.</exception>
    public static IEnumerable<ConfigRequest> Load(string path, KernelVersion kernel) => Load(path).Where(request => request.Scope.Covers(kernel));

    /// <summary>Every line, whatever kernel it is meant for.</summary>
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
    public static IReadOnlyList<ConfigRequest> Parse(string content, string path)
    {
        var requests = new List<ConfigRequest>();
        var findings = new List<Diagnostic>();
        var number = 0;
        Diagnostic Invalid(string message, string fix) =>
            Diagnostic.Error(DiagnosticCodes.FragmentLineInvalid, message, fix) with { File = path, Line = number };
        foreach (var raw in content.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0)
            {
                continue;
            }

            var (text, comment) = Split(line);
            if (ReadRequest(text) is not { } setting)
            {
                if (line[0] != '#')
                {
                    findings.Add(Invalid(
                        $"'{line}' is no setting", "write CONFIG_NAME=y (or m, n, a number, a \"string\", nothing) or '# CONFIG_NAME is not set'"));
                }
            }
            else if (comment is null)
            {
                requests.Add(new ConfigRequest(setting.Symbol, setting.Value, path, number));
            }
            else if (RequestScope.TryParse(comment, out var scope))
            {
                requests.Add(new ConfigRequest(setting.Symbol, setting.Value, path, number) { Scope = scope });
            }
            else
            {
                findings.Add(Invalid(
                    $"'#{comment}' behind a setting says nothing that is understood", $"write {RequestScope.Forms}; other comments have a line of their own"));
            }
        }

        return findings.Count == 0 ? requests : throw new DiagnosticException(findings);
    }

    /// <summary>The setting of a line, and the comment behind it: the first that has a setting in front of it, for a string may hold one.</summary>
    private static (string Setting, string? Comment) Split(string line)
    {
        for (var at = line.IndexOf('#', 1); at > 0; at = line.IndexOf('#', at + 1))
        {
            if (line[at - 1] is ' ' or '\t' && line[..at].TrimEnd() is var setting && ReadRequest(setting) is not null)
            {
                return (setting, line[(at + 1)..]);
            }
        }

        return (line, null);
    }

    private static (string Symbol, string Value)? ReadRequest(string line) =>
        ReadNotSet(line) is { } off ? (off, "n") : ReadSetting(line);

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
