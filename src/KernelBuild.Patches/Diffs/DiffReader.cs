using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Diffs;

/// <summary>
/// Reads the file patches in a text as git apply does: unified diffs with git's header or without, anything between them passed
/// over. Damage ends the reading: a half-read patch is never given out.
/// </summary>
public static class DiffReader
{
    private const int ShortestHeaderPair = 6;

    /// <param name="text">A diff, or the part of a mail below its message.</param>
    /// <param name="file">The patch file, to be named in the finding.</param>
    /// <param name="firstNumber">Line of the text's start in that file, counted from 1.</param>
    /// <param name="strip">
    /// Parts to take off the front of each name; null for 1 with git's headers and, without them, 0 where the name has no folder.
    /// </param>
    /// <param name="finding">KB2005 with file and line; null when all is well.</param>
    /// <returns>Empty when there is none, or when there is a finding.</returns>
    public static ImmutableArray<FilePatch> Read(
        ReadOnlyMemory<byte> text, string? file, int firstNumber, int? strip, out Diagnostic? finding)
    {
        finding = null;
        try
        {
            var lines = new TextLines(text, firstNumber);
            var patches = ImmutableArray.CreateBuilder<FilePatch>();
            while (FindNext(lines, strip) is { } header)
            {
                patches.Add(ReadContent(lines, header));
            }

            return patches.ToImmutable();
        }
        catch (DiagnosticException damage)
        {
            finding = damage.Diagnostics[0] with { File = file };
            return [];
        }
    }

    /// <summary>Passes over what is no patch, up to a header.</summary>
    private static FilePatch? FindNext(TextLines lines, int? strip)
    {
        while (lines.Left >= ShortestHeaderPair)
        {
            var line = lines.Current;
            switch (line[0])
            {
                case (byte)'@' when HunkReader.IsHeader(line):
                    // the sign of a patch that was cut up: what its header said is gone
                    throw Malformed.At(
                        lines.Number, "this hunk belongs to no file: the lines '--- FILE' and '+++ FILE' are missing before it");
                case (byte)'d' when line.StartsWith(GitHeader.Mark):
                    if (GitHeader.TryRead(lines, strip ?? 1) is { } patch)
                    {
                        return patch;
                    }

                    continue;
                case (byte)'-'
                    when line.StartsWith("--- "u8) && lines.Next.StartsWith("+++ "u8) && lines.AfterNext.StartsWith(HunkReader.Mark):
                    return TraditionalHeader.Read(lines, strip);
                default:
                    break;
            }

            lines.Advance();
        }

        return null;
    }

    private static FilePatch ReadContent(TextLines lines, FilePatch header)
    {
        var hunks = ImmutableArray.CreateBuilder<Hunk>();
        while (lines.Current.StartsWith(HunkReader.Mark))
        {
            hunks.Add(HunkReader.Read(lines));
        }

        if (hunks.Count == 0)
        {
            return ReadBinary(lines, header);
        }

        long oldLines = 0;
        long newLines = 0;
        foreach (var hunk in hunks)
        {
            oldLines += hunk.OldCount;
            newLines += hunk.NewCount;
        }

        var several = hunks.Count > 1;
        var patch = header with
        {
            Hunks = hunks.ToImmutable(),
            Creates = header.Creates ?? (oldLines > 0 || several ? false : null),
            Deletes = header.Deletes ?? (newLines > 0 || several ? false : null),
        };
        if (patch.Creates == true && oldLines > 0)
        {
            throw Malformed.At(header.Number, $"the new file {patch.Name} has lines of an old one");
        }

        if (patch.Deletes == true && newLines > 0)
        {
            throw Malformed.At(header.Number, $"the deleted file {patch.Name} has lines left");
        }

        return patch;
    }

    private static FilePatch ReadBinary(TextLines lines, FilePatch header)
    {
        if (lines.Current.SequenceEqual(BinaryReader.Mark))
        {
            return header with { IsBinary = true, Binary = BinaryReader.Read(lines) };
        }

        var line = lines.Current;
        if ((line.StartsWith("Binary files "u8) || line.StartsWith("Files "u8)) && line.EndsWith(" differ\n"u8))
        {
            lines.Advance();
            return header with { IsBinary = true };
        }

        return header.ChangesMetadata
            ? header
            : throw Malformed.At(header.Number, $"the header of {header.Name} is followed by no change");
    }
}
