using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Diffs;

/// <summary>
/// Reads "diff --git" and the extended lines below it, as git apply understands them (Documentation/diff-generate-patch).
/// </summary>
internal sealed class GitHeader
{
    private readonly TextLines _lines;
    private readonly int _strip;
    private readonly string? _default;
    private FilePatch _patch;

    private GitHeader(TextLines lines, int strip)
    {
        _lines = lines;
        _strip = strip;
        _patch = new FilePatch { Number = lines.Number };
        var name = DefaultName(lines.Current[Mark.Length..], strip);
        _default = name is null ? null : FileNames.Decode(name, lines.Number);
    }

    public static ReadOnlySpan<byte> Mark => "diff --git "u8;

    /// <summary>Reads the header at the current line and goes below it; null, one line below, when nothing of git's follows.</summary>
    public static FilePatch? TryRead(TextLines lines, int strip)
    {
        var header = new GitHeader(lines, strip);
        lines.Advance();
        if (!header.TryReadLine())
        {
            return null;
        }

        do
        {
            lines.Advance();
        }
        while (header.TryReadLine());

        return header.Finish();
    }

    private bool TryReadLine()
    {
        var line = _lines.Current;
        if (line.IsEmpty || line[^1] != '\n')
        {
            return false;
        }

        if (Rest(line, "--- "u8, out var rest))
        {
            _patch = _patch with { OldName = Verify(rest, _patch.OldName, _patch.Creates == true, isOld: true) };
        }
        else if (Rest(line, "+++ "u8, out rest))
        {
            _patch = _patch with { NewName = Verify(rest, _patch.NewName, _patch.Deletes == true, isOld: false) };
        }
        else if (Rest(line, "old mode "u8, out rest))
        {
            _patch = _patch with { OldMode = Mode(rest) };
        }
        else if (Rest(line, "new mode "u8, out rest))
        {
            _patch = _patch with { NewMode = Mode(rest) };
        }
        else if (Rest(line, "deleted file mode "u8, out rest))
        {
            _patch = _patch with { OldMode = Mode(rest), Deletes = true, OldName = _default };
        }
        else if (Rest(line, "new file mode "u8, out rest))
        {
            _patch = _patch with { NewMode = Mode(rest), Creates = true, NewName = _default };
        }
        else if (Rest(line, "copy from "u8, out rest))
        {
            _patch = _patch with { Copies = true, OldName = Extended(rest) };
        }
        else if (Rest(line, "copy to "u8, out rest))
        {
            _patch = _patch with { Copies = true, NewName = Extended(rest) };
        }
        else if (Rest(line, "rename from "u8, out rest) || Rest(line, "rename old "u8, out rest))
        {
            _patch = _patch with { Renames = true, OldName = Extended(rest) };
        }
        else if (Rest(line, "rename to "u8, out rest) || Rest(line, "rename new "u8, out rest))
        {
            _patch = _patch with { Renames = true, NewName = Extended(rest) };
        }
        else if (Rest(line, "index "u8, out rest))
        {
            ReadIndex(rest);
        }
        else
        {
            return Rest(line, "similarity index "u8, out _) || Rest(line, "dissimilarity index "u8, out _);
        }

        RequireOneKind();
        return true;
    }

    private FilePatch Finish()
    {
        if (_patch.OldName is null && _patch.NewName is null)
        {
            _patch = _patch with { OldName = _default, NewName = _default };
        }

        if (!_patch.Renames && !_patch.Copies && _patch.OldName is { } before && _patch.NewName is { } after && before != after)
        {
            // git apply would move the one over the other without a word
            throw Malformed.At(
                _patch.Number, $"the header contradicts itself: it names '{before}' and '{after}', and says neither rename nor copy",
                before.StartsWith(after, StringComparison.Ordinal) || after.StartsWith(before, StringComparison.Ordinal)
                    ? "take the line 'diff --git' and those up to '---' out: without them the shorter of the two names is meant"
                    : "take the patch anew from its author, or add 'rename from' and 'rename to' below 'diff --git'");
        }

        var incomplete = (_patch.NewName is null && _patch.Deletes != true) || (_patch.OldName is null && _patch.Creates != true);
        return incomplete
            ? throw Malformed.At(
                _patch.Number, string.Create(CultureInfo.InvariantCulture, $"the header names no file with -p{_strip}"),
                "check -p0 and -p1 in the series")
            : _patch;
    }

    private static bool Rest(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start, out ReadOnlySpan<byte> rest)
    {
        var ok = line.StartsWith(start);
        rest = ok ? line[start.Length..] : default;
        return ok;
    }

    /// <summary>The name after "---" or "+++" must be the one that the lines above gave.</summary>
    private string? Verify(ReadOnlySpan<byte> rest, string? known, bool mustBeNothing, bool isOld)
    {
        var nothing = FileNames.IsNothing(rest);
        if (known is null && !mustBeNothing)
        {
            return nothing
                ? throw Inconsistent("a file", "/dev/null", isOld
                    ? "add the line 'new file mode 100644' below 'diff --git': without it git does not take the file as new"
                    : "add the line 'deleted file mode 100644' below 'diff --git': without it git does not delete the file")
                : Name(rest, _strip);
        }

        if (known is null)
        {
            return nothing ? null : throw Inconsistent("/dev/null", Encoding.UTF8.GetString(rest.TrimEnd("\r\n"u8)));
        }

        var name = nothing ? "/dev/null" : Name(rest, _strip);
        return name == known ? known : throw Inconsistent(known, name ?? "no name");
    }

    private DiagnosticException Inconsistent(string expected, string found, string? fix = null)
    {
        var message = $"the header contradicts itself: '{expected}' was expected here, '{found}' is found";
        return fix is null ? Malformed.At(_lines.Number, message) : Malformed.At(_lines.Number, message, fix);
    }

    private void RequireOneKind()
    {
        var kinds = (_patch.Creates == true ? 1 : 0) + (_patch.Deletes == true ? 1 : 0) + (_patch.Renames ? 1 : 0)
            + (_patch.Copies ? 1 : 0);
        if (kinds > 1)
        {
            throw Malformed.At(_lines.Number, "the header contradicts itself: a file is made, deleted, renamed or copied, one of them");
        }
    }

    /// <summary>The names in "rename from" and "copy from" have no a/ in front.</summary>
    private string? Extended(ReadOnlySpan<byte> rest) => Name(rest, Math.Max(_strip - 1, 0));

    private string? Name(ReadOnlySpan<byte> rest, int parts)
    {
        if (FileNames.Unquote(rest, out _) is not { } name)
        {
            var end = rest.IndexOfAny((byte)'\t', (byte)'\n');
            name = rest[..(end < 0 ? rest.Length : end)].TrimEnd((byte)'\r').ToArray();
        }

        return FileNames.Strip(name, parts) is { } stripped ? FileNames.Decode(stripped, _lines.Number) : null;
    }

    private uint Mode(ReadOnlySpan<byte> rest)
    {
        uint mode = 0;
        var digits = 0;
        while (digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'7' && digits < 7)
        {
            mode = (mode * 8) + (uint)(rest[digits++] - '0');
        }

        var clean = digits > 0 && digits < rest.Length && rest[digits] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
        return clean ? mode : throw Malformed.At(_lines.Number, "the mode on this line is no octal number");
    }

    private void ReadIndex(ReadOnlySpan<byte> rest)
    {
        var dots = rest.IndexOf(".."u8);
        if (dots is < 0 or > 64)
        {
            return;
        }

        var after = rest[(dots + 2)..];
        var end = after.IndexOfAny((byte)' ', (byte)'\r', (byte)'\n');
        if (end is < 0 or > 64)
        {
            return;
        }

        _patch = _patch with { OldId = Encoding.Latin1.GetString(rest[..dots]), NewId = Encoding.Latin1.GetString(after[..end]) };
        if (after[end] == ' ')
        {
            _patch = _patch with { OldMode = Mode(after[(end + 1)..]) };
        }
    }

    /// <summary>The name in "diff --git a/NAME b/NAME", which counts only when it stands there twice.</summary>
    private static byte[]? DefaultName(ReadOnlySpan<byte> rest, int strip)
    {
        var line = rest.TrimEnd("\r\n"u8);
        if (FileNames.Unquote(line, out var length) is { } first)
        {
            var second = line[length..].TrimStart(" \t"u8);
            var other = FileNames.Unquote(second, out _) ?? second.ToArray();
            return Same(first, other, strip);
        }

        var quote = line.IndexOf((byte)'"');
        if (quote > 0 && FileNames.Unquote(line[quote..], out _) is { } last)
        {
            return Same(line[..quote].TrimEnd(" \t"u8), last, strip);
        }

        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] is (byte)' ' or (byte)'\t' && Same(line[..at], line[(at + 1)..], strip) is { } name)
            {
                return name;
            }
        }

        return null;
    }

    private static byte[]? Same(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int strip) =>
        FileNames.Strip(first, strip) is { } one && FileNames.Strip(second, strip) is { } other && one.AsSpan().SequenceEqual(other)
            ? one
            : null;
}
