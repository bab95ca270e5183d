using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Printing;

/// <summary>
/// Reads a value as a source writes it: <c>&lt;0x1 &amp;label 2&gt;</c>, <c>"text"</c>, <c>[00 ff]</c>, several with commas.
/// No expressions, macros or /bits/: compiling sources is dtc's work.
/// </summary>
public sealed class PropertyTextParser
{
    private readonly DeviceTreeIndex _index;
    private readonly string _text;
    private readonly List<byte> _value = [];
    private int _at;

    private PropertyTextParser(DeviceTreeIndex index, string text)
    {
        _index = index;
        _text = text;
    }

    /// <param name="index">Where labels and paths after &amp; are looked up.</param>
    /// <param name="text">Empty for a property without value.</param>
    /// <param name="error">KB6013 for the text; KB6005 or KB6009 for a reference; KB6008 for a node without phandle.</param>
    public static bool TryParse(
        DeviceTreeIndex index, string text, [NotNullWhen(true)] out byte[]? value, [NotNullWhen(false)] out Diagnostic? error)
    {
        var parser = new PropertyTextParser(index, text);
        error = parser.Parse();
        value = error is null ? [.. parser._value] : null;
        return error is null;
    }

    private Diagnostic? Parse()
    {
        Skip();
        while (_at < _text.Length)
        {
            var error = _text[_at] switch
            {
                '<' => Cells(),
                '"' => Text(),
                '[' => Bytes(),
                _ => Wrong("expected <, \" or ["),
            };
            if (error is not null)
            {
                return error;
            }

            Skip();
            if (_at < _text.Length)
            {
                if (_text[_at] != ',')
                {
                    return Wrong("expected a comma");
                }

                _at++;
                Skip();
                if (_at == _text.Length)
                {
                    return Wrong("nothing follows the comma");
                }
            }
        }

        return null;
    }

    private Diagnostic? Cells()
    {
        _at++;
        while (true)
        {
            Skip();
            if (_at == _text.Length)
            {
                return Wrong("< is not closed");
            }

            if (_text[_at] == '>')
            {
                _at++;
                return null;
            }

            var start = _at;
            while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] != '>')
            {
                _at++;
            }

            var word = _text[start.._at];
            if (!TryCell(word, out var cell, out var error))
            {
                return error;
            }

            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, cell);
            _value.AddRange(bytes);
        }
    }

    private bool TryCell(string word, out uint cell, [NotNullWhen(false)] out Diagnostic? error)
    {
        cell = 0;
        error = null;
        if (word.StartsWith('&'))
        {
            var place = word.StartsWith("&{", StringComparison.Ordinal) ? word[2..].TrimEnd('}') : word;
            if (!_index.TryFind(place, out var node, out error))
            {
                return false;
            }

            if (node.Node.Phandle is not { } phandle)
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.PhandleUnresolved, $"{node.Path} has no phandle to refer to it by",
                    $"set one first: {node.Path}:phandle=<N>, N being unused");
                return false;
            }

            cell = phandle;
            return true;
        }

        var isNumber = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out cell)
            : uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out cell);
        if (!isNumber)
        {
            error = Wrong($"'{word}' is neither a 32-bit number nor a reference");
        }

        return isNumber;
    }

    private Diagnostic? Text()
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
            {
                _at++;
                text.Append(_text[_at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var c => c });
            }
            else
            {
                text.Append(_text[_at]);
            }
        }

        if (_at == _text.Length)
        {
            return Wrong("\" is not closed");
        }

        _at++;
        _value.AddRange(Encoding.UTF8.GetBytes(text.Append('\0').ToString()));
        return null;
    }

    private Diagnostic? Bytes()
    {
        var end = _text.IndexOf(']', _at);
        if (end < 0)
        {
            return Wrong("[ is not closed");
        }

        var digits = string.Concat(_text[(_at + 1)..end].Where(c => !char.IsWhiteSpace(c)));
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return Wrong("hexadecimal digits between [ and ] come in pairs");
        }

        _value.AddRange(Convert.FromHexString(digits));
        _at = end + 1;
        return null;
    }

    private void Skip()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
        {
            _at++;
        }
    }

    private Diagnostic Wrong(string what) => Diagnostic.Error(
        DiagnosticCodes.PropertyTextInvalid, $"the value {_text} cannot be read at character {_at + 1}: {what}",
        "write <0x1 2 &label>, \"text\" or [00 ff]; several with commas");
}
