using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Reads what lspci printed: hexadecimal with -x, -xxx or -xxxx, sentences with -v or -vvv, records with -mm and -vmm, with names, numbers
/// or both, with -D or without; and lists of groups. Lines that are none of these are passed over, so a whole console log will do.
/// Hexadecimal wins over sentences. What several outputs say of one function is put together, unless they contradict each other.
/// </summary>
public sealed partial class LspciText
{
    /// <summary>A longer line is no "[...]", and the pattern need not look at it.</summary>
    private const int LongestMark = 80;

    private readonly List<LspciPart> _parts = [];
    private readonly RecordedGroupText _groups = new();
    private readonly int _width;
    private LspciPart? _current;
    private int _margin;
    private readonly Dictionary<string, LspciPart> _paths = new(StringComparer.Ordinal);
    private string? _pending;
    private int _lastWidth;
    private PciAddress? _cutAfter;
    private string? _lostPath;

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
        else if (LspciTitle.TryPath(line, out var above, out var deviceFunction, out var rest))
        {
            EndLine();
            BeginBelow(above, deviceFunction, rest);
        }
        else if (_current is not null && line.Length < LongestMark && CutPattern().IsMatch(line))
        {
            EndLine();
            _cutAfter ??= _current.Address;
            _current = null;
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
        && (Indentation(line) <= _margin || (Indentation(line) == _margin + 1 && _lastWidth >= _width))
        && !LspciRecord.HasName(line) && !LspciEntry.IsRow(line);

    /// <summary>
    /// The pending line with this one as its end; null when this is a line of its own. What follows a row of hexadecimal must complete it.
    /// </summary>
    private string? Joined(string pending, string line) => LspciEntry.IsRow(pending)
        ? ((string[])[pending + line, pending + " " + line.TrimStart()]).FirstOrDefault(LspciEntry.IsRow)
        : !IsWrapped(line) ? null
        : pending + (pending.EndsWith(' ') || (_lastWidth >= _width && Indentation(line) <= _margin) ? "" : " ") + line.TrimStart();

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

    /// <summary>With -P the bus is that behind the bridge, which stands before it in the text.</summary>
    private void BeginBelow(string above, string deviceFunction, string rest)
    {
        _current = null;
        var bridge = _paths.GetValueOrDefault(above)
            ?? (PciAddress.TryParse(above, out var address) ? _parts.FindLast(part => part.Address == address) : null);
        if (bridge?.SecondaryBus is { } bus && PciAddress.TryParse(
            string.Create(CultureInfo.InvariantCulture, $"{bridge.Address.Domain:x4}:{bus:x2}:{deviceFunction}"), out var below))
        {
            _current = _paths[$"{above}/{deviceFunction}"] = PartOf(below);
            _current.HasTitle = true;
            _pending = rest;
        }
        else
        {
            _lostPath ??= $"{above}/{deviceFunction}";
        }
    }

    /// <summary>What people write for what they left out, and programs for what they would not show.</summary>
    [GeneratedRegex(
        @"^\s*[\[<({-]*\s*(?:\.\.\.+|…|(?:\d+ )?(?:lines |output |text )?(?:snip\w*|cut|truncated|trimmed|omitted))(?:\s*(?:\.\.\.+|…))?\s*[\]>)}-]*\s*$",
        RegexOptions.IgnoreCase)]
    private static partial Regex CutPattern();

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

        error ??= _lostPath is null ? null : Diagnostic.Error(
            DiagnosticCodes.CaptureInvalid,
            $"the bus of {_lostPath} is not known: lspci -P names devices by the bridges above, and the bus behind those is not in the text",
            "run lspci without -P: lspci -D -nnk -xxxx as root");
        _cutAfter ??= _parts.Find(part => part.IsMixed)?.Address;
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
            IsCut = isCut || _cutAfter is not null,
            CutAfter = _cutAfter,
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

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    private static int Width(string line) => line.Sum(c => c == '\t' ? 8 : 1);
}
