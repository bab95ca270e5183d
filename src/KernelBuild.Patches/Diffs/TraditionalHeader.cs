namespace KernelBuild.Patches.Diffs;

/// <summary>Reads "--- FILE" and "+++ FILE" of a diff without git's header.</summary>
internal static class TraditionalHeader
{
    public static FilePatch Read(TextLines lines, int? strip)
    {
        var number = lines.Number;
        var first = lines.Current[4..].ToArray();
        var second = lines.Next[4..].ToArray();
        lines.Advance();
        lines.Advance();
        var parts = strip ?? Guess(first) ?? Guess(second) ?? 1;
        var (oldNothing, newNothing) = (FileNames.IsNothing(first), FileNames.IsNothing(second));
        byte[]? name;
        FilePatch patch;
        if (oldNothing)
        {
            name = NameOf(second, parts, null);
            patch = new FilePatch { NewName = Decode(name, number + 1), Creates = true, Deletes = false };
        }
        else if (newNothing)
        {
            name = NameOf(first, parts, null);
            patch = new FilePatch { OldName = Decode(name, number), Creates = false, Deletes = true };
        }
        else
        {
            // of "file" and "file.orig" the shorter one is meant
            name = NameOf(second, parts, NameOf(first, parts, null));
            var text = Decode(name, number + 1);
            patch = IsEpoch(first) ? new FilePatch { NewName = text, Creates = true, Deletes = false }
                : IsEpoch(second) ? new FilePatch { OldName = text, Creates = false, Deletes = true }
                : new FilePatch { OldName = text, NewName = text, Creates = null, Deletes = null };
        }

        return name is null || (oldNothing && newNothing)
            ? throw Malformed.At(number, $"no file name is left on this line with -p{parts}", "check -p0 and -p1 in the series")
            : patch with { Number = number };
    }

    /// <summary>A name without a folder has nothing to take off.</summary>
    private static int? Guess(ReadOnlySpan<byte> line)
    {
        if (FileNames.IsNothing(line))
        {
            return null;
        }

        var name = NameOf(line, 0, null);
        return name is not null && !name.AsSpan().Contains((byte)'/') ? 0 : null;
    }

    private static string? Decode(byte[]? name, int number) => name is null ? null : FileNames.Decode(name, number);

    private static byte[]? NameOf(ReadOnlySpan<byte> line, int parts, byte[]? otherwise)
    {
        if (FileNames.Unquote(line, out _) is { } quoted)
        {
            return FileNames.Strip(quoted, parts);
        }

        var text = line[..EndOfName(line)];
        var name = FileNames.Strip(text, parts);
        return name is null ? otherwise
            : otherwise is not null && otherwise.Length < name.Length && name.AsSpan().StartsWith(otherwise) ? otherwise
            : name;
    }

    /// <summary>A name ends at a tab, or before a time stamp set off by blanks, as old diffs write it.</summary>
    private static int EndOfName(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAny((byte)'\t', (byte)'\n');
        var name = line[..(end < 0 ? line.Length : end)];
        var stamp = TimeStamp.StartIn(name);
        if (stamp >= 0)
        {
            name = name[..stamp];
        }

        return name.TrimEnd(" \t\r"u8).Length;
    }

    /// <summary>GNU diff stamps a file that is not there with the beginning of time.</summary>
    private static bool IsEpoch(ReadOnlySpan<byte> line)
    {
        var tab = line.LastIndexOf((byte)'\t');
        return tab >= 0 && TimeStamp.IsEpoch(line[(tab + 1)..].TrimEnd("\r\n"u8));
    }
}
