namespace KernelBuild.Configure;

/// <summary>
/// Reads what conf writes: .config files and defconfigs. Everything after the first '=' is the value, for what conf of one
/// version writes (CONFIG_X= for a number without a value, strings with escapes) another does not need to accept.
/// </summary>
public static class ConfigFile
{
    /// <returns>Settings in order; "n" for "# CONFIG_X is not set". Other comments and lines that conf would skip are left out.</returns>
    public static IEnumerable<ConfigSetting> Parse(string text)
    {
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r', ' ', '\t');
            if (ConfigFragment.ReadNotSet(line) is { } off)
            {
                yield return new ConfigSetting(off, "n");
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && ConfigFragment.IsSymbol(line[..equals]))
            {
                yield return new ConfigSetting(line[..equals], line[(equals + 1)..]);
            }
        }
    }
}

/// <param name="Symbol">With its CONFIG_ prefix.</param>
/// <param name="Value">As it stands in the file; "n" for off.</param>
public readonly record struct ConfigSetting(string Symbol, string Value);
