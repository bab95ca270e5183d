using System.Buffers;
using System.Text;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.CommandLine;

/// <summary>
/// Text on its way to the terminal. Names and texts come from files, and a control character in one of them could steer the
/// terminal: each becomes a replacement character, wherever it was put together. Line breaks and tabs stay.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter
{
    /// <summary>C0 without tab and line breaks, DEL, and C1.</summary>
    private static readonly SearchValues<char> _control = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20)
            .Concat(Enumerable.Range(0x7f, 0x21))
            .Select(code => (char)code)
            .Where(c => c is not ('\t' or '\n' or '\r'))]);

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Whether anything was written.</summary>
    public bool HasWritten { get; private set; }

    public override void Write(char value)
    {
        HasWritten = true;
        inner.Write(_control.Contains(value) ? '\ufffd' : value);
    }

    public override void Write(string? value)
    {
        HasWritten = true;
        inner.Write(Clean(value));
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine(string? value)
    {
        HasWritten = true;
        inner.WriteLine(Clean(value));
    }

    /// <summary>Bytes of a file that was asked for, as they are: into a pipe or a file they must not be changed.</summary>
    public void WriteBytes(ReadOnlyMemory<byte> bytes)
    {
        HasWritten = true;
        inner.Flush();
        if (inner is StreamWriter { BaseStream: StandardStream stream })
        {
            stream.Write(bytes.Span);
        }
        else
        {
            inner.Write(Encoding.Latin1.GetString(bytes.Span));
        }
    }

    public override void Flush() => inner.Flush();

    private static string? Clean(string? text) => text is null || text.AsSpan().IndexOfAny(_control) < 0
        ? text
        : string.Create(text.Length, text, (target, source) => source.AsSpan().ReplaceAny(target, _control, '\ufffd'));
}
