using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Mail;
using KernelBuild.Patches.Mending;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Exchange;

/// <summary>Brings patches of every form into a series folder, and out of it as git format-patch would write them.</summary>
public static class SeriesExchange
{
    /// <summary>
    /// Writes the patches of a series, a folder or a mailbox as files of their own, each mail as it is but for trailers that its replies
    /// give it, and a file "series". Of a thread the newest version is taken.
    /// </summary>
    /// <param name="folder">A folder that is empty or not there.</param>
    /// <returns>The files written, the series file last; and what of a thread was left out or added.</returns>
    /// <exception cref="DiagnosticException">KB2018 for a thread that lacks patches, KB2005 for what is no patch, KB2014 when the folder holds something.</exception>
    public static (IReadOnlyList<string> Files, IReadOnlyList<Diagnostic> Notes) Import(IReadOnlyList<PatchFile> patches, string folder)
    {
        var mails = new ImportedMails();
        foreach (var patch in patches)
        {
            var read = ParsedPatch.Read(patch);
            mails.Notes.AddRange(read.SelectMany(one => one.Notes));
            mails.Findings.AddRange(read.Select(one => one.Finding).OfType<Diagnostic>());
            var parts = PartsOf(patch);
            foreach (var one in read.Where(one => one.Finding is null))
            {
                mails.Add(one, AsSent(one, parts));
            }
        }

        return mails.Write(folder);
    }

    /// <summary>As <see cref="Import"/>, and patches that are damaged are mended where exactly one reading of them fits the source.</summary>
    /// <param name="commit">The source that the first patch is made for.</param>
    /// <returns>The files written, the series file last; what was mended and, of a thread, left out or added.</returns>
    /// <exception cref="DiagnosticException">As <see cref="Import"/>, and KB2020 for a patch that cannot be mended.</exception>
    public static async Task<(IReadOnlyList<string> Files, IReadOnlyList<Diagnostic> Notes)> ImportMendedAsync(
        IReadOnlyList<PatchFile> patches, string folder, GitRepository repository, GitObjectId commit, CancellationToken cancellationToken)
    {
        var mending = new SeriesMending(repository, commit);
        var mails = new ImportedMails();
        foreach (var patch in patches)
        {
            var read = ParsedPatch.Read(patch, isMending: true);
            mails.Notes.AddRange(read.SelectMany(one => one.Notes));
            var parts = PartsOf(patch);
            foreach (var one in read)
            {
                try
                {
                    byte[] Write(ReadOnlyMemory<byte> diff) => one.Mail.AuthorName.Length == 0
                        ? diff.ToArray()
                        : MailWriter.Write(one.Mail with { Diff = diff, DiffWithReturns = default });
                    // a part of a thread is written anew: alone it would lack the others
                    var sound = one.Finding is not null ? []
                        : one.Mail.AuthorName.Length > 0 ? MailWriter.Write(one.Mail)
                        : one.Mail.DiffWithReturns.IsEmpty ? one.Mail.Diff.ToArray() : AsSent(one, parts);
                    var mended = await mending.NextAsync(one, sound, Write, cancellationToken);
                    mails.Notes.AddRange(mended?.Notes ?? []);
                    mails.Add(one, mended is null ? AsSent(one, parts) : Write(mended.Diff));
                }
                catch (DiagnosticException e)
                {
                    mails.Findings.AddRange(e.Diagnostics);
                }
            }
        }

        return mails.Write(folder);
    }

    /// <summary>The mails of a file; none of one that cannot be read, which has a finding.</summary>
    private static IReadOnlyList<(ReadOnlyMemory<byte> Mail, int Number)> PartsOf(PatchFile patch) =>
        File.Exists(patch.Path) && PatchText.TryUnpack(File.ReadAllBytes(patch.Path), out var text, out _)
            ? Mbox.Split(PatchText.WithoutMark(text)) : [];

    /// <summary>A mail as it is in its file, but for trailers that replies gave it.</summary>
    private static byte[] AsSent(ParsedPatch patch, IReadOnlyList<(ReadOnlyMemory<byte> Mail, int Number)> parts) =>
        patch.Trailers.IsEmpty ? parts[patch.MailNumber - 1].Mail.ToArray() : MailWriter.Write(patch.Mail);

    /// <summary>Writes a range of commits as a series: git format-patch's own files, and a file "series".</summary>
    /// <param name="range">As git format-patch takes it, such as v6.12..topic.</param>
    public static async Task<IReadOnlyList<string>> ImportAsync(
        GitRepository repository, string range, string folder, CancellationToken cancellationToken)
    {
        RequireEmpty(folder);
        var files = await FormatPatchAsync(repository, range, folder, cancellationToken);
        var series = Path.Combine(folder, "series");
        AtomicFile.Write(series, string.Concat(files.Select(file => Path.GetFileName(file) + "\n")));
        return [.. files, series];
    }

    /// <summary>Writes commits as git format-patch does, into a folder.</summary>
    public static async Task<IReadOnlyList<string>> FormatPatchAsync(
        GitRepository repository, string range, string folder, CancellationToken cancellationToken)
    {
        if (range.StartsWith('-'))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RepositoryUnusable, $"'{range}' is no range of commits", "name it like v6.12..topic"));
        }

        var result = await repository
            .Git("format-patch", "--no-signature", "--binary", "--full-index", "-o", Path.GetFullPath(folder), range)
            .RunAsync(cancellationToken);
        return result.Output;
    }

    /// <summary>Writes commits as one mailbox.</summary>
    public static async Task WriteMailboxAsync(GitRepository repository, string range, string file, CancellationToken cancellationToken)
    {
        using var mailbox = new MemoryStream();
        await (repository.Git("format-patch", "--no-signature", "--binary", "--full-index", "--stdout", range) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(mailbox, token),
        }).RunAsync(cancellationToken);
        AtomicFile.Write(Path.GetFullPath(file), mailbox.GetBuffer().AsMemory(0, (int)mailbox.Length));
    }

    internal static void RequireEmpty(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SeriesFolderInUse, $"'{folder}' is not empty",
                "name a new folder; what is in a series is never overwritten"));
        }
    }
}
