using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Modules;

/// <summary>A kernel's .config as far as modules are concerned with it.</summary>
/// <param name="Values">Symbols with CONFIG_; what is not set is absent.</param>
public sealed record ModuleConfiguration(ImmutableDictionary<string, string> Values)
{
    /// <summary>Reads the text of a .config; lines that set nothing are passed over.</summary>
    public static ModuleConfiguration Parse(string text)
    {
        var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign)
            {
                values[line[..sign]] = line[(sign + 1)..].TrimEnd('\r');
            }
        }

        return new ModuleConfiguration(values.ToImmutable());
    }

    public bool IsOn(string symbol) => Values.GetValueOrDefault(symbol) == "y";

    /// <summary>"y", "m", a value, or "n".</summary>
    public string this[string symbol] => Values.GetValueOrDefault(symbol, "n");
}
