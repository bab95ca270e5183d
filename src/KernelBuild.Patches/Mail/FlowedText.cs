namespace KernelBuild.Patches.Mail;

/// <summary>Joins the lines of format=flowed (RFC 3676) as git mailinfo does: it knows no quoting, which a diff would look like.</summary>
internal static class FlowedText
{
    /// <param name="deleteSpace">DelSp=yes: the blank that marks a soft break is not text.</param>
    public static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> text, bool deleteSpace)
    {
        var joined = new List<byte>(text.Length);
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..(end + 1)];
            text = text[line.Length..];
            if (line.SequenceEqual("-- \n"u8))
            {
                joined.AddRange(line);
                continue;
            }

            if (line.Length > 1 && line[0] == ' ')
            {
                // stuffed
                line = line[1..];
            }

            var content = line.TrimEnd("\r\n"u8);
            joined.AddRange(content.EndsWith(" "u8) ? content[..^(deleteSpace ? 1 : 0)] : line);
        }

        return joined.ToArray();
    }
}
