using KernelBuild.Diagnostics;

namespace KernelBuild.BootTest;

/// <summary>
/// Which devices share an IOMMU group. Group numbers follow the order of binding and mean nothing; only the partition is compared.
/// </summary>
public sealed class IommuGroups
{
    private readonly SortedDictionary<string, SortedSet<string>> _groupOf;

    private IommuGroups(IEnumerable<SortedSet<string>> groups, IEnumerable<string> ungrouped)
    {
        Groups = [.. groups.OrderBy(group => group.Min, StringComparer.Ordinal)];
        Ungrouped = new SortedSet<string>(ungrouped, StringComparer.Ordinal);
        _groupOf = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var group in Groups)
        {
            foreach (var device in group)
            {
                _groupOf[device] = group;
            }
        }
    }

    /// <summary>By their first device.</summary>
    public IReadOnlyList<SortedSet<string>> Groups { get; }

    /// <summary>PCI functions that are in no group.</summary>
    public IReadOnlySet<string> Ungrouped { get; }

    /// <summary>Every device of a group, and those in none, by name.</summary>
    public IEnumerable<string> Devices => _groupOf.Keys.Concat(Ungrouped).Order(StringComparer.Ordinal);

    /// <summary>Groups that are known already.</summary>
    public static IommuGroups Of(IEnumerable<IEnumerable<string>> groups, IEnumerable<string> ungrouped) =>
        new(groups.Select(group => new SortedSet<string>(group, StringComparer.Ordinal)), ungrouped);

    /// <summary>The report of the guest: lines "G NUMBER DEVICE …" and "N DEVICE …" between the markers GROUPS and END GROUPS.</summary>
    /// <returns>Null when there is no complete report.</returns>
    public static IommuGroups? FromConsole(IEnumerable<string> console)
    {
        var groups = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var ungrouped = new List<string>();
        var inside = false;
        foreach (var line in console.Select(line => line.TrimEnd('\r')))
        {
            if (line == "### GROUPS")
            {
                inside = true;
                groups.Clear();
                ungrouped.Clear();
            }
            else if (line == "### END GROUPS" && inside)
            {
                return new IommuGroups(groups.Values, ungrouped);
            }
            else if (inside && line.Split(' ') is ["G", var number, var device, ..])
            {
                (groups.TryGetValue(number, out var group) ? group : groups[number] = new(StringComparer.Ordinal)).Add(device);
            }
            else if (inside && line.Split(' ') is ["N", var lone, ..])
            {
                ungrouped.Add(lone);
            }
        }

        return null;
    }

    /// <summary>
    /// An expectation: one group per line, devices between blanks; devices after "-" are in no group; "#" begins a comment.
    /// </summary>
    /// <exception cref="DiagnosticException">KB9008.</exception>
    public static IommuGroups Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.ExpectationInvalid, $"there is no expectation '{path}'"));
        }

        var groups = new List<SortedSet<string>>();
        var ungrouped = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var words = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            var devices = words[0] == "-" ? words[1..] : words;
            if (devices.FirstOrDefault(device => !seen.Add(device)) is { } twice)
            {
                throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.ExpectationInvalid, $"'{twice}' stands in two groups") with
                {
                    File = path,
                    Line = number,
                });
            }

            if (words[0] == "-")
            {
                ungrouped.AddRange(devices);
            }
            else
            {
                groups.Add(new SortedSet<string>(devices, StringComparer.Ordinal));
            }
        }

        return new IommuGroups(groups, ungrouped);
    }

    /// <summary>What differs from this expectation, one line per device; empty when the partitions are equal.</summary>
    public IReadOnlyList<string> Differences(IommuGroups actual)
    {
        var differences = new List<string>();
        var devices = _groupOf.Keys
            .Concat(Ungrouped)
            .Concat(actual._groupOf.Keys)
            .Concat(actual.Ungrouped)
            .Distinct(StringComparer.Ordinal);
        foreach (var device in devices.Order(StringComparer.Ordinal))
        {
            var expected = Describe(device);
            var found = actual.Describe(device);
            if (expected != found)
            {
                differences.Add($"{device}: expected {expected}, found {found}");
            }
        }

        return differences;
    }

    /// <summary>The company that a device has: "alone in its group", "with …", "in no group", or "not there".</summary>
    public string Describe(string device)
    {
        if (_groupOf.TryGetValue(device, out var group))
        {
            return group.Count == 1 ? "alone in its group" : "with " + string.Join(' ', group.Where(other => other != device));
        }

        return Ungrouped.Contains(device) ? "in no group" : "not there";
    }
}
