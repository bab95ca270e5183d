using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>
/// A message that shows a diff ends there, to git: what follows is applied, the example too. The line "---" that format-patch writes below the
/// message then stands below a diff.
/// </summary>
internal static class DiffInMessage
{
    public static bool IsIn(ParsedPatch patch)
    {
        var lines = new TextLines(patch.Mail.Diff, patch.Mail.DiffNumber);
        if (IsEndOfMessage(lines.Current))
        {
            return false;
        }

        var hunks = patch.Files.SelectMany(file => file.Hunks).Select(hunk => (hunk.Number, Last: hunk.Lines[^1].Number)).ToArray();
        var first = hunks.Length > 0 ? hunks[0].Number : int.MaxValue;
        for (; lines.Left > 0; lines.Advance())
        {
            var number = lines.Number;
            if (number > first && IsEndOfMessage(lines.Current) && !Array.Exists(hunks, hunk => hunk.Number <= number && number <= hunk.Last))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsEndOfMessage(ReadOnlySpan<byte> line) => line.TrimEnd(" \t\r\n"u8).SequenceEqual("---"u8);
}
