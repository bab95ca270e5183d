using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>
/// The text of a bootconfig, statement by statement: <c>key = value</c>, divided by line breaks or semicolons, with keys in front of braces
/// that hold further ones, values in quotes, and comments behind '#'. Edits touch the statements that they are about; the rest stays byte for
/// byte. Source of the form: Linux, Documentation/admin-guide/bootconfig.rst.
/// </summary>
public sealed class BootConfigText
{
    private readonly string _text;
    private readonly ImmutableArray<BootConfigStatement> _statements;

    private BootConfigText(string text)
    {
        _text = text;
        _statements = [.. Parse(text)];
    }

    public IReadOnlyList<BootConfigStatement> Statements => _statements;

    /// <exception cref="DiagnosticException">KB5031: braces or quotes that do not match.</exception>
    public static BootConfigText Read(ReadOnlySpan<byte> bytes) => new(Encoding.Latin1.GetString(bytes));

    /// <summary>False when braces or quotes do not match.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BootConfigText? text)
    {
        try
        {
            text = Read(bytes);
        }
        catch (DiagnosticException)
        {
            text = null;
        }

        return text is not null;
    }

    public byte[] ToArray() => Encoding.Latin1.GetBytes(_text);

    /// <summary>The same with a value for a key: in the place of the old one, or in a line of its own at the end.</summary>
    /// <param name="key">Words with dots between: "androidboot.hardware".</param>
    /// <param name="value">As it is meant, without quotes.</param>
    /// <exception cref="DiagnosticException">KB5031: no such key or value can be written.</exception>
    public BootConfigText With(string key, string value)
    {
        if (key.Length == 0 || key.Split('.').Any(word => word.Length == 0) || key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
        {
            throw Impossible($"'{key}' is no key of a bootconfig", "letters, digits, '-' and '_', with dots between words");
        }

        var written = Quoted(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value)));
        var (first, text) = (_statements.FirstOrDefault(one => one.Key == key), Without(key, keepFirst: true)._text);
        var gap = _text.Length == 0 || _text.EndsWith('\n') ? "" : "\n";
        var changed = new BootConfigText(first is null
            ? $"{_text}{gap}{key}={written}\n"
            : string.Concat(text.AsSpan(0, first.ValueStart), written, text.AsSpan(first.ValueEnd)));

        // behind an array whose last comma is followed by nothing, a new statement would be its next value
        return changed._statements.Any(statement => statement.Key == key)
            ? changed
            : throw Impossible("the bootconfig ends in the middle of an array", "mend it: kernelbuild boot set --bootconfig FILE");
    }

    /// <summary>The same without a key, however often it is there.</summary>
    public BootConfigText Without(string key) => Without(key, keepFirst: false);

    private BootConfigText Without(string key, bool keepFirst)
    {
        var text = _text;
        foreach (var statement in _statements.Where(one => one.Key == key).Skip(keepFirst ? 1 : 0).Reverse())
        {
            text = text.Remove(statement.Start, statement.End - statement.Start);
        }

        return new BootConfigText(text);
    }

    private static string Quoted(string value)
    {
        if (value.Length > 0 && value.All(c => c is > ' ' and < '\u007f' && !",;#{}=+:\"'".Contains(c, StringComparison.Ordinal)))
        {
            return value;
        }

        return (value.Contains('"', StringComparison.Ordinal), value.Contains('\'', StringComparison.Ordinal)) switch
        {
            (true, true) => throw Impossible("a value of a bootconfig cannot hold both kinds of quotes", "leave one of them out"),
            (true, false) => $"'{value}'",
            _ => $"\"{value}\"",
        };
    }

    private static IEnumerable<BootConfigStatement> Parse(string text)
    {
        var prefixes = new Stack<string>();
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            var end = EndOfStatement(text, at, out var operatorAt, out var stop);
            var key = text[start..(operatorAt < 0 ? end : operatorAt)].TrimEnd('+', ':').Trim();
            at = end;
            if (stop == '{')
            {
                prefixes.Push(key + ".");
                at++;
                continue;
            }

            if (stop == '#')
            {
                at = text.IndexOf('\n', end) is var line and >= 0 ? line + 1 : text.Length;
            }
            else if (stop is '\n' or ';')
            {
                at++;
            }

            if (key.Length > 0)
            {
                var (valueStart, valueEnd) = operatorAt < 0 ? (end, end) : Trimmed(text, operatorAt + 1, end);
                yield return new BootConfigStatement(
                    string.Concat(prefixes.Reverse()) + key, Unquoted(text[valueStart..valueEnd]), start, stop == '#' ? end : at, valueStart, valueEnd);
            }

            if (stop == '}')
            {
                at++;
                if (!prefixes.TryPop(out _))
                {
                    throw Impossible("the bootconfig closes a brace that is not open", "mend it: kernelbuild boot set --bootconfig FILE");
                }
            }
        }

        if (prefixes.Count > 0)
        {
            throw Impossible("the bootconfig opens a brace that is not closed", "mend it: kernelbuild boot set --bootconfig FILE");
        }
    }

    /// <summary>Where the statement ends: at a line break, ';', '#', '{' or '}' outside of quotes; and where its '=' is.</summary>
    private static int EndOfStatement(string text, int at, out int operatorAt, out char stop)
    {
        operatorAt = -1;
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (operatorAt >= 0 && c is '"' or '\'')
            {
                var close = text.IndexOf(c, at + 1);
                at = close >= 0 ? close : throw Impossible("the bootconfig has a quote that is not closed", "close it");
                continue;
            }

            if (c == '=' && operatorAt < 0)
            {
                operatorAt = at;
            }

            // an array goes on in the next line behind its comma
            var goesOn = c == '\n' && operatorAt >= 0 && text[..at].TrimEnd(' ', '\t').EndsWith(',');
            if (c is '\n' or ';' or '#' or '{' or '}' && !goesOn)
            {
                stop = c;
                return at;
            }
        }

        stop = '\0';
        return text.Length;
    }

    private static (int Start, int End) Trimmed(string text, int start, int end)
    {
        while (start < end && text[start] is ' ' or '\t')
        {
            start++;
        }

        while (end > start && text[end - 1] is ' ' or '\t' or '\r')
        {
            end--;
        }

        return (start, end);
    }

    private static string Unquoted(string value) =>
        value.Length >= 2 && value[0] is '"' or '\'' && value[^1] == value[0] && value.IndexOf(value[0], 1) == value.Length - 1 ? value[1..^1] : value;

    private static DiagnosticException Impossible(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.EditImpossible, message, fix));
}
