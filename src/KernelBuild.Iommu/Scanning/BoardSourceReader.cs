using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// Reads DTS text without a preprocessor, tolerantly: macros are passed over, and an unbalanced brace ends nothing but itself.
/// </summary>
internal sealed partial class BoardSourceReader(string file, ReadOnlySpan<byte> bytes)
{
    private readonly SourceText _source = new(file, bytes);
    private readonly ImmutableArray<object>.Builder _items = ImmutableArray.CreateBuilder<object>();
    private readonly Stack<Frame> _open = new();
    private int _at;

    public ImmutableArray<object> Read()
    {
        while (_at < Text.Length)
        {
            if (char.IsWhiteSpace(Text[_at]))
            {
                _at++;
            }
            else if (Text[_at] == '#'
                && DirectivePattern().Match(Text, _at, Math.Min(200, Text.Length - _at)) is { Success: true } directive)
            {
                Directive(directive);
            }
            else if (IncludePattern().Match(Text, _at) is { Success: true } include)
            {
                // dtc's own form has no semicolon
                _items.Add(include.Groups[1].Value);
                _at += include.Length;
            }
            else
            {
                Statement();
            }
        }

        while (_open.Count > 0)
        {
            Close();
        }

        return _items.DrainToImmutable();
    }

    private string Text => _source.Text;

    private void Directive(Match directive)
    {
        var end = Text.IndexOf('\n', _at) is >= 0 and var line ? line : Text.Length;
        if (directive.Groups[1].Value == "include")
        {
            _items.Add(Text[(_at + directive.Length)..end].Trim().Trim('"', '<', '>'));
        }

        // a definition goes on behind a backslash
        while (end > 0 && end < Text.Length && Text[end - 1] == '\\')
        {
            end = Text.IndexOf('\n', end + 1) is >= 0 and var next ? next : Text.Length;
        }

        _at = end;
    }

    /// <summary>Up to a brace or a semicolon: a node begins or ends, or a property stands here.</summary>
    private void Statement()
    {
        var start = _at;
        var equals = -1;
        for (; _at < Text.Length; _at++)
        {
            switch (Text[_at])
            {
                case '"':
                    for (_at++; _at < Text.Length && Text[_at] != '"'; _at++)
                    {
                        _at += Text[_at] == '\\' ? 1 : 0;
                    }

                    break;
                case '=' when equals < 0:
                    equals = _at;
                    break;
                case '&' when _at + 1 < Text.Length && Text[_at + 1] == '{':
                    _at = Text.IndexOf('}', _at) is >= 0 and var close ? close : Text.Length - 1;
                    break;
                case '{' when equals < 0:
                    Open(start, Text[start.._at].Trim());
                    _at++;
                    return;
                case '}' when equals < 0:
                    Close();
                    _at++;
                    return;
                case ';':
                    Property(start, Text[start..(equals < 0 ? _at : equals)].Trim(), equals < 0 ? "" : Text[(equals + 1).._at].Trim());
                    _at++;
                    return;
                default:
                    break;
            }
        }
    }

    private void Open(int start, string header)
    {
        var labels = ImmutableArray.CreateBuilder<string>();
        for (var colon = header.IndexOf(':', StringComparison.Ordinal); colon > 0 && LabelPattern().IsMatch(header[..colon]); colon =
            header.IndexOf(':', StringComparison.Ordinal))
        {
            labels.Add(header[..colon].Trim());
            header = header[(colon + 1)..].TrimStart();
        }

        // what a macro or a keyword left before the name
        var name = header.Split((char[])[' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : "?";
        var path = name == "/" ? ""
            : name.StartsWith("&{", StringComparison.Ordinal) ? name[2..].TrimEnd('}')
            : name.StartsWith('&') ? name
            : (_open.TryPeek(out var parent) ? parent.Path : "") + "/" + name;
        _open.Push(new Frame(path, labels.DrainToImmutable(), _source.PlaceOf(start)));
    }

    private void Close()
    {
        if (_open.TryPop(out var frame) && (frame.Properties.Count > 0 || !frame.Labels.IsEmpty))
        {
            _items.Add(new BoardSourceNode(frame.Path, frame.Labels, frame.Place, frame.Properties.DrainToImmutable()));
        }
    }

    private void Property(int start, string name, string value)
    {
        if (_open.TryPeek(out var frame))
        {
            var deleted = name.StartsWith("/delete-property/", StringComparison.Ordinal);
            name = deleted ? name["/delete-property/".Length..].Trim() : name;
            if (name is "compatible" or "status" or "iommu-map" or "iommu-map-mask" or "iommus" or "dma-coherent" or "#iommu-cells"
                || name.EndsWith(",iommu-group", StringComparison.Ordinal) || name == "qcom,iommu-dma")
            {
                frame.Properties.Add(new BoardSourceProperty(name, deleted ? null : value, _source.PlaceOf(start)));
            }
        }
    }

    private sealed record Frame(string Path, ImmutableArray<string> Labels, SourcePlace Place)
    {
        public ImmutableArray<BoardSourceProperty>.Builder Properties { get; } = ImmutableArray.CreateBuilder<BoardSourceProperty>();
    }

    [GeneratedRegex(@"\G#\s*(include|define|undef|ifdef|ifndef|if|elif|else|endif|error|pragma|line)\b")]
    private static partial Regex DirectivePattern();

    [GeneratedRegex("""\G/include/\s*"([^"]*)"\s*;?""")]
    private static partial Regex IncludePattern();

    [GeneratedRegex(@"^\s*[A-Za-z_]\w*\s*$")]
    private static partial Regex LabelPattern();
}
