using System.Text;

namespace KernelBuild.Patches.Diffs;

/// <summary>File names as diffs write them: quoted in C's manner when they must be, with parts in front that -p takes off.</summary>
internal static class FileNames
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ReadOnlySpan<byte> Nothing => "/dev/null"u8;

    /// <summary>Whether a name stands for no file at all.</summary>
    public static bool IsNothing(ReadOnlySpan<byte> name) =>
        name.StartsWith(Nothing)
            && (name.Length == Nothing.Length || name[Nothing.Length] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n');

    /// <summary>
    /// Takes parts off the front, each up to its slash, then makes one of several slashes; null when there are not as many. Of "a//x" remains "/x",
    /// which git takes for no file of a tree. Source: apply.c, find_name_common and squash_slash.
    /// </summary>
    public static byte[]? Strip(ReadOnlySpan<byte> name, int parts)
    {
        for (var at = 0; parts > 0; parts--)
        {
            var slash = name[at..].IndexOf((byte)'/');
            if (slash < 0)
            {
                return null;
            }

            name = name[(at + slash + 1)..];
        }

        return name.IsEmpty ? null : Squeeze(name);
    }

    /// <summary>The text of a name; a name that is not UTF-8 cannot be a path of a source tree here.</summary>
    public static string Decode(ReadOnlySpan<byte> name, int number)
    {
        try
        {
            return Strict.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            throw Malformed.At(number, "the file name on this line is not UTF-8", "write the patch in UTF-8");
        }
    }

    /// <summary>Reads a name in double quotes with C's escapes, as git writes unusual names.</summary>
    /// <param name="length">Bytes read, quotes included.</param>
    public static byte[]? Unquote(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        if (text.IsEmpty || text[0] != '"')
        {
            return null;
        }

        var name = new List<byte>();
        for (var at = 1; at < text.Length; at++)
        {
            switch (text[at])
            {
                case (byte)'"':
                    length = at + 1;
                    return [.. name];
                case (byte)'\n':
                    return null;
                case (byte)'\\' when !TryUnescape(text, ref at, name):
                    return null;
                case (byte)'\\':
                    break;
                default:
                    name.Add(text[at]);
                    break;
            }
        }

        return null;
    }

    private static bool TryUnescape(ReadOnlySpan<byte> text, ref int at, List<byte> name)
    {
        at++;
        if (at >= text.Length)
        {
            return false;
        }

        const string Letters = "abtnvfr\"\\";
        const string Meaning = "\a\b\t\n\v\f\r\"\\";
        var letter = Letters.IndexOf((char)text[at], StringComparison.Ordinal);
        if (letter >= 0)
        {
            name.Add((byte)Meaning[letter]);
            return true;
        }

        if (at + 2 >= text.Length || text[at] is < (byte)'0' or > (byte)'3')
        {
            return false;
        }

        var value = 0;
        for (var digit = 0; digit < 3; digit++, at++)
        {
            if (text[at] is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value * 8) + (text[at] - '0');
        }

        at--;
        name.Add((byte)value);
        return true;
    }

    private static byte[] Squeeze(ReadOnlySpan<byte> name)
    {
        if (name.IndexOf("//"u8) < 0)
        {
            return name.ToArray();
        }

        var squeezed = new List<byte>(name.Length);
        foreach (var one in name)
        {
            if (one != '/' || squeezed is not [.., (byte)'/'])
            {
                squeezed.Add(one);
            }
        }

        return [.. squeezed];
    }
}
