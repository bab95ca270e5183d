using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Mail;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Application;

/// <summary>A patch of a series after reading: one mail of a file.</summary>
/// <param name="Name">As the series names it; with its number where a mailbox holds several.</param>
/// <param name="Finding">Why it cannot be applied at all; null when it was read wholly.</param>
public sealed record ParsedPatch(PatchFile Source, string Name, MailMessage Mail, ImmutableArray<FilePatch> Files, Diagnostic? Finding)
{
    /// <summary>Larger files are refused: a patch of this size would be a tree.</summary>
    public const long LargestFile = 1L << 30;

    /// <summary>Every path that the patch speaks of.</summary>
    public IEnumerable<string> Paths =>
        Files.SelectMany(file => (string?[])[file.OldName, file.NewName]).OfType<string>().Where(path => TreePath.WhyUnsafe(path) is null);

    /// <summary>Reads a file of a series: one patch, or those of a mailbox.</summary>
    public static IReadOnlyList<ParsedPatch> Read(PatchFile source)
    {
        byte[] bytes;
        try
        {
            var length = new FileInfo(source.Path).Length;
            if (length > LargestFile)
            {
                return [Unreadable(source, Diagnostic.Error(
                    DiagnosticCodes.PatchMalformed, $"'{source.Name}' has {length} bytes, more than a patch can have here ({LargestFile})",
                    "split it: git format-patch writes one file a commit"))];
            }

            bytes = File.ReadAllBytes(source.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return
            [
                Unreadable(
                    source,
                    Diagnostic.Error(
                        DiagnosticCodes.PatchMissing, $"'{source.Name}' cannot be read: {e.Message}",
                        "check the file and its permissions")),
            ];
        }

        var mails = MailReader.Read(bytes);
        return [.. mails.Select((mail, number) => Parse(source, mails.Count == 1 ? source.Name : $"{source.Name}#{number + 1}", mail))];
    }

    private static ParsedPatch Parse(PatchFile source, string name, MailMessage mail)
    {
        var files = DiffReader.Read(mail.Diff, source.Path, mail.DiffNumber, source.Strip, out var finding);
        if (finding is null && files.IsEmpty)
        {
            finding = Diagnostic.Error(
                DiagnosticCodes.PatchMalformed, $"'{name}' holds no patch",
                "write it with git format-patch, or take it out of the series") with
            { File = source.Path, Line = mail.Number };
        }

        if (finding is null && mail.Date.Length > 0 && !MailDate.TryParse(mail.Date, out _))
        {
            finding = Diagnostic.Error(
                DiagnosticCodes.PatchHasNoAuthor, $"'{name}' has the Date '{mail.Date}', which is none",
                "write it as git format-patch does: Mon, 1 Jun 2026 12:00:00 +0000") with
            { File = source.Path, Line = mail.Number };
        }

        return new ParsedPatch(source, name, mail, finding is null ? files : [], finding);
    }

    private static ParsedPatch Unreadable(PatchFile source, Diagnostic finding) =>
        new(source, source.Name, new MailMessage(), [], finding with { File = source.Path });
}
