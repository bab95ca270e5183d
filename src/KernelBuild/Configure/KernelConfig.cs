using System.Text;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Configure;

/// <summary>The symbols of a .config; what it does not name is off.</summary>
public sealed class KernelConfig
{
    private readonly Dictionary<string, string> _values;

    private KernelConfig(Dictionary<string, string> values) => _values = values;

    /// <summary>
    /// The version that conf wrote above the settings ("# Linux/arm64 6.1.192 Kernel Configuration"); null where the comment is not there.
    /// Source: the mainmenu of the kernel's Kconfig.
    /// </summary>
    public KernelVersion? Version { get; private init; }

    public static KernelConfig Load(string path) => Parse(File.ReadAllText(path));

    public static KernelConfig Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in ConfigFile.Parse(text))
        {
            values[setting.Symbol] = setting.Value;
        }

        return new KernelConfig(values) { Version = VersionOf(text) };
    }

    private static KernelVersion? VersionOf(string text)
    {
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim();
            if (line.IsEmpty || line is "#")
            {
                continue;
            }

            if (line[0] != '#')
            {
                return null;
            }

            // "# Linux/arm64 VERSION Kernel Configuration"
            if (line.EndsWith(" Kernel Configuration", StringComparison.Ordinal)
                && line[1..].Trim().ToString().Split(' ') is [var system, var version, "Kernel", "Configuration"]
                && system.StartsWith("Linux/", StringComparison.Ordinal) && KernelVersion.TryParse(version, out var known))
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>The value of a symbol with its CONFIG_ prefix; "n" when it is off or unknown.</summary>
    public string this[string symbol] => _values.GetValueOrDefault(symbol, "n");

    /// <summary>The values by name without CONFIG_; what is absent was never set.</summary>
    public IReadOnlyDictionary<string, string> ByName => _values.ToDictionary(pair => pair.Key["CONFIG_".Length..], pair => pair.Value, StringComparer.Ordinal);

    /// <summary>Symbols that are on and have neither a value nor a default: numbers without one; strings are at least "".</summary>
    public IEnumerable<string> WithoutValue => _values.Where(pair => pair.Value.Length == 0).Select(pair => pair.Key);

    /// <summary>Symbols that are y or m.</summary>
    public int EnabledCount => _values.Values.Count(value => value is "y" or "m");

    /// <summary>
    /// A .config for olddefconfig to complete: the base without the symbols that are requested, then the requests, so that
    /// conf sees each symbol once and reports no reassignment.
    /// </summary>
    public static string Merge(string baseConfig, IReadOnlyList<ConfigRequest> requests)
    {
        var effective = Effective(requests);
        var text = new StringBuilder();
        foreach (var setting in ConfigFile.Parse(baseConfig))
        {
            if (!effective.ContainsKey(setting.Symbol))
            {
                Append(text, setting.Symbol, setting.Value);
            }
        }

        foreach (var request in effective.Values)
        {
            Append(text, request.Symbol, request.Value);
        }

        return text.ToString();
    }

    /// <summary>The last request for each symbol, in the order in which symbols were first named.</summary>
    public static IReadOnlyDictionary<string, ConfigRequest> Effective(IReadOnlyList<ConfigRequest> requests)
    {
        var effective = new OrderedDictionary<string, ConfigRequest>(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            effective[request.Symbol] = request;
        }

        return effective;
    }

    private static void Append(StringBuilder text, string symbol, string value) => _ = value == "n"
        ? text.Append("# ").Append(symbol).Append(" is not set\n")
        : text.Append(symbol).Append('=').Append(value).Append('\n');
}
