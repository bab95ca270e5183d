using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>One place of a text that says something about a function: from its title to the next, or a record, or a line of a list.</summary>
internal sealed partial class LspciPart(PciAddress address)
{
    public PciAddress Address => address;

    /// <summary>Whether the first of the lines is what stood after the address.</summary>
    public bool HasTitle { get; set; }

    /// <summary>Of a list that the function stands in.</summary>
    public int? Group { get; set; }

    /// <summary>Without spaces around them.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>The bus behind it, when it is a bridge and what was read so far says so.</summary>
    public byte? SecondaryBus
    {
        get
        {
            var entry = new LspciEntry(address);
            AddTo(entry);
            return entry.ToFunction(hasSiblings: false, showsExtended: false)?.Describe()?.SecondaryBus;
        }
    }

    /// <summary>
    /// Whether lines of another function are among its own, the title between them lost: what lspci prints once for a function stands twice, or
    /// the title has another in it.
    /// </summary>
    public bool IsMixed => _once.Any(start => Lines.Count(line => line.StartsWith(start, StringComparison.Ordinal)) > 1)
        || (HasTitle && Lines.Count > 0 && InnerTitlePattern().IsMatch(Lines[0]));

    private static readonly string[] _once =
    [
        "Control: I/O", "Status: Cap", "Bus: primary=", "ACSCtl:", "Kernel driver in use: ", "IOMMU group: ", "00: ",
    ];

    [GeneratedRegex(@"\s[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] [A-Z][^:]{2,60}: ")]
    private static partial Regex InnerTitlePattern();

    public void AddTo(LspciEntry entry)
    {
        entry.Sentences.Group ??= Group;
        for (var i = 0; i < Lines.Count; i++)
        {
            if (i == 0 && HasTitle)
            {
                entry.Sentences.Title(Lines[i]);
            }
            else if (!entry.TryHex(Lines[i]))
            {
                entry.Sentences.Line(Lines[i]);
            }
        }
    }

    /// <summary>What two parts say of the same function that cannot both be; null when they agree, or each says what the other does not.</summary>
    public static (string First, string Second)? FindContradiction(IReadOnlyList<LspciPart> parts)
    {
        if (parts.Count < 2)
        {
            return null;
        }

        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            foreach (var (name, value) in part.Statements())
            {
                if (!said.TryAdd(name, value) && said[name] != value)
                {
                    return ($"{name} {said[name]}", $"{name} {value}");
                }
            }
        }

        return null;
    }

    private IEnumerable<(string Name, string Value)> Statements()
    {
        var entry = new LspciEntry(address);
        AddTo(entry);
        if (entry.Sentences.Group is { } group)
        {
            yield return ("group", group.ToString(CultureInfo.InvariantCulture));
        }

        if (entry.Sentences.Driver is { } driver)
        {
            yield return ("driver", driver);
        }

        if (entry.ToFunction(hasSiblings: false, showsExtended: false)?.Describe() is not { } function)
        {
            yield break;
        }

        if (function.HasIds)
        {
            yield return ("device", function.Id);
        }

        if (function.ClassCode != 0)
        {
            yield return ("class", string.Create(CultureInfo.InvariantCulture, $"{function.ClassCode >> 8:x4}"));
        }

        if (!function.IsTypeUnknown && (entry.HexLength > ConfigSpace.HeaderLength || !entry.Sentences.IsBare))
        {
            yield return ("type", function.Kind);
        }

        if (function.SecondaryBus is { } bus)
        {
            yield return ("bus", string.Create(CultureInfo.InvariantCulture, $"{bus:x2}"));
        }

        if (function.HasExtendedSpace)
        {
            yield return ("ACS", function.Acs is { } acs
                ? string.Create(CultureInfo.InvariantCulture, $"control 0x{(int)acs.Control:x2} of 0x{(int)acs.Capability:x2}") : "none");
        }
    }
}
