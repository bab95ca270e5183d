using System.Collections.Immutable;

namespace KernelBuild.Fetch;

/// <summary>Reads apt's sources in both of their forms (sources.list(5)): lines, and stanzas as of deb822.</summary>
internal static class AptSources
{
    private static readonly char[] _blanks = [' ', '\t', '\n'];

    /// <summary>Entries of a file; those of source packages, those that are off, and flat repositories without suites are left
    /// out.</summary>
    /// <param name="isStanzas">Whether the file is a .sources file.</param>
    public static IEnumerable<AptSource> Parse(string text, bool isStanzas) => isStanzas ? Stanzas(text) : Lines(text);

    /// <summary>
    /// Where another suite is looked for, the likeliest first: a security suite where there are security suites, any other where there are
    /// none;
    /// archives that call themselves debian or ubuntu before others. No entry twice.
    /// </summary>
    public static IReadOnlyList<AptSource> For(string suite, IEnumerable<AptSource> sources) =>
    [
        .. sources
            .Where(source => source.IsSecurity == AptSource.IsSecuritySuite(suite) && source.Components.Contains("main"))
            .OrderBy(source => source.Suites.Contains(suite) ? 0 : IsDistribution(source.Uri) ? 1 : 2)
            .DistinctBy(source => (source.Uri.TrimEnd('/'), source.SignedBy)),
    ];

    private static bool IsDistribution(string uri) =>
        uri.TrimEnd('/').Split('/')[^1] is "debian" or "ubuntu" or "debian-security" or "debian-archive";

    /// <summary>deb [option=value ...] URI SUITE COMPONENT...</summary>
    private static IEnumerable<AptSource> Lines(string text)
    {
        foreach (var line in text.Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.StartsWith("deb",
            StringComparison.Ordinal)))
        {
            var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            var rest = line;
            if (line.IndexOf('[', StringComparison.Ordinal) is > 0 and var open && line.IndexOf(']', open) is > 0 and var close)
            {
                foreach (var option in line[(open + 1)..close].Split(_blanks, StringSplitOptions.RemoveEmptyEntries).Select(option =>
                    option.Split('=', 2)))
                {
                    options[option[0].TrimEnd('+', '-')] = option.Length > 1 ? option[1] : "";
                }

                rest = line[..open] + line[(close + 1)..];
            }

            if (rest.Split(_blanks, StringSplitOptions.RemoveEmptyEntries) is ["deb", var uri, var suite, .. var components]
                && !suite.EndsWith('/')
                && IsOn(options, "enabled"))
            {
                yield return new AptSource(
                    uri, [suite], [.. components], options.GetValueOrDefault("signed-by", "").Replace(',', ' '), IsOn(options,
                        "check-valid-until"));
            }
        }
    }

    private static IEnumerable<AptSource> Stanzas(string text)
    {
        foreach (var stanza in Fields(text))
        {
            if (Words(stanza, "Types").Contains("deb") && IsOn(stanza, "Enabled"))
            {
                ImmutableArray<string> suites = [.. Words(stanza, "Suites").Where(suite => !suite.EndsWith('/'))];
                foreach (var uri in suites.Length == 0 ? [] : Words(stanza, "URIs"))
                {
                    yield return new AptSource(
                        uri, suites, [.. Words(stanza, "Components")], stanza.GetValueOrDefault("Signed-By", "").Trim(), IsOn(stanza,
                            "Check-Valid-Until"));
                }
            }
        }
    }

    private static IEnumerable<Dictionary<string, string>> Fields(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var last = "";
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')).Append(""))
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (line.Trim().Length == 0)
            {
                if (fields.Count > 0)
                {
                    yield return fields;
                }

                fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            }
            else if (char.IsWhiteSpace(line[0]))
            {
                fields[last] = fields.GetValueOrDefault(last, "") + "\n" + line;
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                last = line[..colon];
                fields[last] = line[(colon + 1)..];
            }
        }
    }

    private static string[] Words(Dictionary<string, string> fields, string name) =>
        fields.GetValueOrDefault(name, "").Split(_blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>apt's own words for no (StringToBool).</summary>
    private static bool IsOn(Dictionary<string, string> fields, string name) =>
        fields.GetValueOrDefault(name, "yes").Trim().ToLowerInvariant() is not ("no" or "false" or "without" or "off" or "disable" or "0");
}
