using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Mail;

/// <summary>Cuts a mailbox into its mails at the lines "From SENDER DATE" (RFC 4155), as git mailsplit does.</summary>
internal static class Mbox
{
    /// <summary>One part for a file that is no mailbox.</summary>
    public static IReadOnlyList<(ReadOnlyMemory<byte> Mail, int Number)> Split(ReadOnlyMemory<byte> text)
    {
        var lines = new TextLines(text, 1);
        while (lines.Left > 0 && lines.Current.Trim(" \t\r\n"u8).IsEmpty)
        {
            lines.Advance();
        }

        if (!IsSeparator(lines.Current))
        {
            return [(text, 1)];
        }

        var mails = new List<(ReadOnlyMemory<byte>, int)>();
        while (lines.Left > 0)
        {
            var (start, number) = (lines.Position, lines.Number);
            do
            {
                lines.Advance();
            }
            while (lines.Left > 0 && !(lines.Current[0] == 'F' && IsSeparator(lines.Current)));

            mails.Add((text[start..lines.Position], number));
        }

        return mails;
    }

    /// <summary>"From " and, at the end, a time of day and a year: what a message would hardly have at the start of a line.</summary>
    private static bool IsSeparator(ReadOnlySpan<byte> line)
    {
        if (line.Length < 20 || !line.StartsWith("From "u8))
        {
            return false;
        }

        var colon = line[..^1].LastIndexOf((byte)':');
        if (colon < 9 || colon + 2 >= line.Length || !IsDigit(line[colon - 4]) || !IsDigit(line[colon - 2]) || !IsDigit(line[colon - 1])
            || !IsDigit(line[colon + 1]) || !IsDigit(line[colon + 2]))
        {
            return false;
        }

        var year = 0;
        foreach (var letter in line[(colon + 3)..].TrimStart(" \t"u8))
        {
            if (!IsDigit(letter) || year > 9999)
            {
                break;
            }

            year = (year * 10) + (letter - '0');
        }

        return year > 90;
    }

    private static bool IsDigit(byte letter) => letter is >= (byte)'0' and <= (byte)'9';
}
