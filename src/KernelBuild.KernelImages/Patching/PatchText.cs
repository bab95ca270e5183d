using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Patching;

/// <summary>Patches as text, a line each: offset, old bytes, new bytes, in hex; "#" begins a comment.</summary>
public static class PatchText
{
    /// <param name="patches">What to write.</param>
    /// <param name="comment">Said in front of them.</param>
    public static string Write(IEnumerable<BytePatch> patches, string comment)
    {
        var text = new StringBuilder();
        foreach (var line in comment.Split('\n'))
        {
            text.Append("# ").Append(line).Append('\n');
        }

        foreach (var patch in patches)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"0x{patch.Offset:x} {Convert.ToHexStringLower(patch.Old.AsSpan())} {Convert.ToHexStringLower(patch.New.AsSpan())}\n");
        }

        return text.ToString();
    }

    /// <exception cref="DiagnosticException">KB8014, with the line.</exception>
    public static ImmutableArray<BytePatch> Read(string text)
    {
        var patches = ImmutableArray.CreateBuilder<BytePatch>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Split('#')[0].Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            patches.Add(Parse(words) ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PatchTextInvalid, "a line is not a patch",
                "write offset, old bytes and new bytes: 0x1110278 cb170004 361b0c00") with
            { Line = number }));
        }

        return patches.ToImmutable();
    }

    /// <summary>Three words.</summary>
    /// <returns>Null when they are no patch.</returns>
    public static BytePatch? Parse(IReadOnlyList<string> words) =>
        words.Count == 3 && words[0].StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(words[0].AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset)
            && offset >= 0
        && Bytes(words[1]) is { } old && Bytes(words[2]) is { } replacement && old.Length == replacement.Length
            ? new BytePatch(offset, old, replacement)
            : null;

    private static ImmutableArray<byte>? Bytes(string text) =>
        text.Length > 0 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? [.. Convert.FromHexString(text)] : null;
}
