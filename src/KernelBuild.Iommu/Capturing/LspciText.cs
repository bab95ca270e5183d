using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Reads what lspci printed: hexadecimal with -x, -xxx or -xxxx, sentences with -v or -vvv, records with -mm and -vmm, with names, numbers
/// or both, with -D or without; and lists of groups. Lines that are none of these are passed over, so a whole console log will do.
/// Hexadecimal wins over sentences.
/// </summary>
public sealed class LspciText
{
    private readonly SortedDictionary<PciAddress, LspciEntry> _entries = [];
    private readonly RecordedGroupText _groups = new();
    private readonly int _width;
    private LspciEntry? _current;
    private int _margin;
    private string? _pending;
    private int _lastWidth;

    private LspciText(string[] lines) => _width = lines.Length == 0 ? 0 : lines.Max(Width);

    /// <summary>What was found, by address; no function when the text is something else.</summary>
    /// <param name="text">UTF-8.</param>
    public static Capture Read(ReadOnlySpan<byte> text)
    {
        var lines = PastedText.Lines(text);
        var reader = new LspciText(lines);
        foreach (var line in lines)
        {
            reader.Line(line);
        }

        reader.EndLine();
        return reader.Finish();
    }

    private void Line(string line)
    {
        if (line.AsSpan().Trim().IsEmpty)
        {
            EndLine();
        }
        else if (LspciTitle.TryRead(line, out var title))
        {
            EndLine();
            _margin = title.Before.Trim().Length == 0 ? title.Before.Length : 0;
            Begin(title);
        }
        else if (LspciRecord.SlotOf(line) is { } slot)
        {
            EndLine();
            _current = EntryOf(slot);
        }
        else if (_groups.TryLine(line))
        {
            EndLine();
            _current = null;
        }
        else if (_pending is not null && IsWrapped(line))
        {
            _pending += (_pending.EndsWith(' ') || _lastWidth >= _width ? "" : " ") + line.TrimStart();
        }
        else
        {
            EndLine();
            _pending = line;
        }

        _lastWidth = Width(line);
    }

    /// <summary>
    /// Whether a line is the end of the one before, which a terminal or a mail program broke: lspci indents all lines but titles and
    /// hexadecimal, and where the indentation was lost, a line of its own has a name and a colon.
    /// </summary>
    private bool IsWrapped(string line) => _current is not null
        && line.Length - line.TrimStart().Length <= _margin && !LspciRecord.HasName(line) && !LspciEntry.IsHex(line.Trim());

    private void Begin(LspciTitle title)
    {
        _current = EntryOf(title.Address);
        if (_groups.OfTitle(title.Before) is { } group)
        {
            _current.Sentences.Group ??= group;
        }

        _pending = title.Rest;
        _current.HasPendingTitle = true;
    }

    private void EndLine()
    {
        if (_pending is { } line && _current is { } entry)
        {
            var trimmed = line.Trim();
            if (entry.HasPendingTitle)
            {
                entry.Sentences.Title(trimmed);
            }
            else if (!entry.TryHex(trimmed))
            {
                entry.Sentences.Line(trimmed);
            }

            entry.HasPendingTitle = false;
        }

        _pending = null;
    }

    private LspciEntry EntryOf(PciAddress address) =>
        _entries.TryGetValue(address, out var entry) ? entry : _entries[address] = new LspciEntry(address);

    private Capture Finish()
    {
        var platform = new SortedDictionary<string, CapturedDevice>(StringComparer.Ordinal);
        foreach (var (device, group) in _groups.Groups)
        {
            if (PciAddress.TryParse(device, out var address))
            {
                EntryOf(address).Sentences.Group ??= group;
            }
            else
            {
                platform[device] = new CapturedDevice(device, null, group);
            }
        }

        var siblings = _entries.Keys
            .Where(address => address.Rid.Function > 0)
            .Select(address => address with { Rid = new RequesterId(address.Rid.Bus, address.Rid.Device, 0) })
            .ToHashSet();
        var showsExtended = _entries.Values.Any(entry => entry.Sentences.HasExtended);
        return new Capture
        {
            Functions =
            [
                .. _entries.Values.Select(entry => entry.ToFunction(siblings.Contains(entry.Address),
                    showsExtended)).OfType<CapturedFunction>(),
            ],
            Platform = [.. platform.Values],
            IsCut = IsCut(),
        };
    }

    /// <summary>
    /// Whether the text ends within its last function: it is the only one without capabilities in lspci -v, or without all bytes of its
    /// configuration space.
    /// </summary>
    private bool IsCut()
    {
        if (_current is not { } last || _entries.Count < 2)
        {
            return false;
        }

        var others = _entries.Values.Where(entry => !ReferenceEquals(entry, last)).ToArray();
        return (last.HexLength == 0 && last.Sentences.IsBare && others.All(entry => entry.HexLength == 0 && !entry.Sentences.IsBare))
            || (last.IsHexCut && others.All(entry => entry.HexLength > 0 && !entry.IsHexCut));
    }

    private static int Width(string line) => line.Sum(c => c == '\t' ? 8 : 1);
}
