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

    /// <summary>What is to be said beside the patch: what of a thread was left out, which trailers it was given.</summary>
    public ImmutableArray<Diagnostic> Notes { get; init; } = [];

    /// <summary>Trailers that replies of its thread gave it; they are in the message.</summary>
    public ImmutableArray<string> Trailers { get; init; } = [];

    /// <summary>Of the mail in its file, counted from 1.</summary>
    public int MailNumber { get; init; } = 1;

    /// <summary>Every path that the patch speaks of.</summary>
    public IEnumerable<string> Paths =>
        Files.SelectMany(file => (string?[])[file.OldName, file.NewName]).OfType<string>().Where(path => TreePath.WhyUnsafe(path) is null);

    /// <summary>Reads a file of a series: one patch, or those of a mailbox.</summary>
    public static IReadOnlyList<ParsedPatch> Read(PatchFile source) => Read(source, isMending: false);

    /// <param name="isMending">A byte order mark before a mail, with which git am takes it for none, is passed over with a note.</param>
    internal static IReadOnlyList<ParsedPatch> Read(PatchFile source, bool isMending)
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

        if (!PatchText.TryUnpack(bytes, out var text, out var damage))
        {
            return [Unreadable(source, damage)];
        }

        var unmarked = PatchText.WithoutMark(text);
        var hasMark = unmarked.Length < text.Length;
        text = unmarked;
        var thread = MailThread.Of(MailReader.Read(text));
        ImmutableArray<Diagnostic> notes =
        [
            .. thread.Notes.Select(note => note with { File = source.Path }),
            .. hasMark && isMending
                ? [Diagnostic.Note(DiagnosticCodes.PatchMended, $"'{source.Name}': the byte order mark before the mail was taken out") with { File = source.Path, Line = 1 }]
                : (Diagnostic[])[],
        ];
        if (hasMark && !isMending)
        {
            return [Unreadable(source, Diagnostic.Error(
                DiagnosticCodes.PatchMalformed, $"'{source.Name}' begins with a byte order mark (EF BB BF), and git am takes it for no mail",
                "save it as UTF-8 without the mark; kernelbuild patches import --mend takes it out") with { Line = 1 })];
        }

        if (notes.FirstOrDefault(note => note.Severity == DiagnosticSeverity.Error) is { } incomplete)
        {
            return [Unreadable(source, incomplete)];
        }

        return
        [
            .. thread.Patches.Select((patch, at) =>
                Parse(source, thread.Count == 1 ? source.Name : $"{source.Name}#{patch.Number}", patch.Mail, text.Span) with
                {
                    Notes = at == 0 ? notes : [],
                    Trailers = patch.Trailers,
                    MailNumber = patch.Number,
                }),
        ];
    }

    private static ImmutableArray<FilePatch> WithReturns(ImmutableArray<FilePatch> files, ImmutableArray<FilePatch> asSent) =>
        asSent.Length == files.Length ? [.. files.Select((file, at) => file with { WithReturns = asSent[at] })] : files;

    /// <summary>From the last file to the first: one may make what another renames.</summary>
    private static ImmutableArray<FilePatch> Reversed(ImmutableArray<FilePatch> files, PatchFile source, string name, out Diagnostic? finding)
    {
        var reversed = ImmutableArray.CreateBuilder<FilePatch>(files.Length);
        finding = null;
        foreach (var file in files.Reverse())
        {
            if (file.Reversed() is not { } back)
            {
                finding = Diagnostic.Error(
                    DiagnosticCodes.PatchMalformed, $"'{name}' cannot be reversed: {file.Name} is copied, or its content is binary",
                    "write the reversed patch with 'git revert' in a tree that has it, and git format-patch") with
                { File = source.Path, Line = file.Number };
                return [];
            }

            reversed.Add(back);
        }

        return reversed.MoveToImmutable();
    }

    private static ParsedPatch Parse(PatchFile source, string name, MailMessage mail, ReadOnlySpan<byte> file)
    {
        var files = DiffReader.Read(mail.Diff, source.Path, mail.DiffNumber, source.Strip, out var finding);
        if (finding is null && files.IsEmpty)
        {
            var (what, fix) = NoPatch.Explain(file);
            finding = Diagnostic.Error(DiagnosticCodes.PatchMalformed, $"'{name}' {what}", fix) with { File = source.Path, Line = mail.Number };
        }

        if (finding is null && !mail.DiffWithReturns.IsEmpty)
        {
            files = WithReturns(files, DiffReader.Read(mail.DiffWithReturns, source.Path, mail.DiffNumber, source.Strip, out _));
        }

        if (finding is null && source.IsReversed)
        {
            files = Reversed(files, source, name, out finding);
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
