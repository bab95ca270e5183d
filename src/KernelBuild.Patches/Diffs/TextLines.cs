namespace KernelBuild.Patches.Diffs;

/// <summary>Walks over the lines of a text in memory.</summary>
internal sealed class TextLines
{
    private int _end;

    /// <param name="firstNumber">Number of the first line in its file.</param>
    public TextLines(ReadOnlyMemory<byte> text, int firstNumber)
    {
        Text = text;
        Number = firstNumber;
        _end = EndOfLine(0);
    }

    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>Byte offset of the current line.</summary>
    public int Position { get; private set; }

    /// <summary>Number of the current line in the file, counted from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Bytes from the current line to the end.</summary>
    public int Left => Text.Length - Position;

    /// <summary>The current line with its line break, empty at the end.</summary>
    public ReadOnlySpan<byte> Current => Text.Span[Position.._end];

    /// <summary>The line after the current one.</summary>
    public ReadOnlySpan<byte> Next => Text.Span[_end..EndOfLine(_end)];

    public ReadOnlySpan<byte> AfterNext
    {
        get
        {
            var next = EndOfLine(_end);
            return Text.Span[next..EndOfLine(next)];
        }
    }

    public void Advance()
    {
        Position = _end;
        _end = EndOfLine(_end);
        Number++;
    }

    private int EndOfLine(int start)
    {
        var end = Text.Span[start..].IndexOf((byte)'\n');
        return end < 0 ? Text.Length : start + end + 1;
    }
}
