using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Reads what lspci printed: hexadecimal with -x, -xxx or -xxxx, sentences with -v or -vvv, records with -mm and -vmm, with names, numbers
/// or both, with -D or without; and lists of groups. Lines that are none of these are passed over, so a whole console log will do.
/// Hexadecimal wins over sentences. What several outputs say of one function is put together, unless they contradict each other.
/// </summary>
public sealed class LspciText
{
    private readonly List<LspciPart> _parts = [];
    private readonly RecordedGroupText _groups = new();
    private readonly int _width;
    private LspciPart? _current;
    private int _margin;
    private string? _pending;
    private int _lastWidth;

    private LspciText(string[] lines) => _width = lines.Length == 0 ? 0 : lines.Max(Width);

    /// <summary>What was found, by address; no function when the text is something else.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="error">KB7021 when the text says two things of one function: two machines, or one before and after a change.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        var lines = PastedText.Lines(text);
        var reader = new LspciText(lines);
        foreach (var line in lines)
        {
            reader.Line(line);
        }

        reader.EndLine();
        capture = reader.Finish(out error);
        return capture is not null;
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
            _current = PartOf(slot);
        }
        else if (_groups.TryLine(line))
        {
            EndLine();
            _current = null;
        }
        else if (_pending is not null && Joined(_pending, line) is { } joined)
        {
            _pending = joined;
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
        && line.Length - line.TrimStart().Length <= _margin && !LspciRecord.HasName(line) && !LspciEntry.IsRow(line);

    /// <summary>The pending line with this one as its end; null when this is a line of its own. What follows a row of hexadecimal must complete it.</summary>
    private string? Joined(string pending, string line) => LspciEntry.IsRow(pending)
        ? ((string[])[pending + line, pending + " " + line.TrimStart()]).FirstOrDefault(LspciEntry.IsRow)
        : IsWrapped(line) ? pending + (pending.EndsWith(' ') || _lastWidth >= _width ? "" : " ") + line.TrimStart()
        : null;

    private void Begin(LspciTitle title)
    {
        _current = PartOf(title.Address);
        _current.Group = _groups.OfTitle(title.Before);
        _current.HasTitle = true;
        _pending = title.Rest;
    }

    private void EndLine()
    {
        if (_pending is { } line)
        {
            _current?.Lines.Add(line.Trim());
        }

        _pending = null;
    }

    private LspciPart PartOf(PciAddress address)
    {
        var part = new LspciPart(address);
        _parts.Add(part);
        return part;
    }

    private Capture? Finish(out Diagnostic? error)
    {
        var platform = new SortedDictionary<string, CapturedDevice>(StringComparer.Ordinal);
        foreach (var (device, group) in _groups.Groups)
        {
            if (PciAddress.TryParse(device, out var address))
            {
                PartOf(address).Group = group;
            }
            else
            {
                platform[device] = new CapturedDevice(device, null, group);
            }
        }

        var entries = new SortedDictionary<PciAddress, LspciEntry>();
        error = _groups.Contradiction is { } other ? Contradiction(other.Device, $"group {other.First}", $"group {other.Second}") : null;
        foreach (var parts in _parts.GroupBy(part => part.Address))
        {
            var entry = entries[parts.Key] = new LspciEntry(parts.Key);
            foreach (var part in parts)
            {
                part.AddTo(entry);
            }

            error ??= LspciPart.FindContradiction([.. parts]) is var (first, second) ? Contradiction(parts.Key.ToString(), first, second) : null;
        }

        return error is null ? ToCapture(entries, [.. platform.Values]) : null;
    }

    private static Diagnostic Contradiction(string device, string first, string second) => Diagnostic.Error(
        DiagnosticCodes.TextContradictsItself,
        $"the text has {device} twice, and not as the same: {first}, and {second}. It is of two machines, or of one before and after a change",
        "put each into a file of its own, and ask about one of them");

    private Capture ToCapture(SortedDictionary<PciAddress, LspciEntry> entries, ImmutableArray<CapturedDevice> platform)
    {
        var siblings = entries.Keys
            .Where(address => address.Rid.Function > 0)
            .Select(address => address with { Rid = new RequesterId(address.Rid.Bus, address.Rid.Device, 0) })
            .ToHashSet();
        var showsExtended = entries.Values.Any(entry => entry.Sentences.HasExtended);
        var isCut = IsCut(entries);
        return new Capture
        {
            Functions =
            [
                .. entries.Values.Select(entry => entry.ToFunction(siblings.Contains(entry.Address), showsExtended)).OfType<CapturedFunction>(),
            ],
            Platform = platform,
            IsCut = isCut,
            Gaps =
            [
                .. entries.Values.Where(entry => entry.Gap is not null && !(isCut && entry.Address == _current?.Address))
                    .Select(entry => new CapturedGap(entry.Address, entry.Gap!.Value)),
            ],
        };
    }

    /// <summary>
    /// Whether the text ends within its last function: it is the only one without capabilities in lspci -v, or without all bytes of its
    /// configuration space.
    /// </summary>
    private bool IsCut(SortedDictionary<PciAddress, LspciEntry> entries)
    {
        if (_current is null || entries.Count < 2)
        {
            return false;
        }

        var last = entries[_current.Address];
        var others = entries.Values.Where(entry => !ReferenceEquals(entry, last)).ToArray();
        return (last.HexLength == 0 && last.Sentences.IsBare && others.All(entry => entry.HexLength == 0 && !entry.Sentences.IsBare))
            || (last.IsHexCut && others.All(entry => entry.HexLength > 0 && !entry.IsHexCut));
    }

    private static int Width(string line) => line.Sum(c => c == '\t' ? 8 : 1);
}
