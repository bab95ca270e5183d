using System.Globalization;
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
        var mails = new List<(string Name, byte[] Text, string Options)>();
        var findings = new List<Diagnostic>();
        var notes = new List<Diagnostic>();
        foreach (var patch in patches)
        {
            var read = ParsedPatch.Read(patch);
            findings.AddRange(read.Select(one => one.Finding).OfType<Diagnostic>());
            notes.AddRange(read.SelectMany(one => one.Notes));
            if (read.Any(one => one.Finding is not null) || !PatchText.TryUnpack(File.ReadAllBytes(patch.Path), out var text, out _))
            {
                continue;
            }

            var parts = Mbox.Split(text);
            foreach (var one in read)
            {
                var bytes = one.Trailers.IsEmpty ? parts[one.MailNumber - 1].Mail.ToArray() : MailWriter.Write(one.Mail);
                mails.Add((PatchName.Of(mails.Count + 1, Subject(one)), bytes, Options(patch)));
            }
        }

        if (findings.Count > 0)
        {
            throw new DiagnosticException(findings);
        }

        RequireEmpty(folder);
        return (Write(folder, mails), notes);
    }

    /// <summary>As <see cref="Import"/>, and patches that are damaged are mended where exactly one reading of them fits the source.</summary>
    /// <param name="commit">The source that the first patch is made for.</param>
    /// <returns>The files written, the series file last; what was mended and, of a thread, left out or added.</returns>
    /// <exception cref="DiagnosticException">As <see cref="Import"/>, and KB2020 for a patch that cannot be mended.</exception>
    public static async Task<(IReadOnlyList<string> Files, IReadOnlyList<Diagnostic> Notes)> ImportMendedAsync(
        IReadOnlyList<PatchFile> patches, string folder, GitRepository repository, GitObjectId commit, CancellationToken cancellationToken)
    {
        var mending = new SeriesMending(repository, commit);
        var mails = new List<(string Name, byte[] Text, string Options)>();
        var findings = new List<Diagnostic>();
        var notes = new List<Diagnostic>();
        foreach (var patch in patches)
        {
            var read = ParsedPatch.Read(patch);
            notes.AddRange(read.SelectMany(one => one.Notes));
            var parts = PatchText.TryUnpack(await File.ReadAllBytesAsync(patch.Path, cancellationToken), out var text, out _) ? Mbox.Split(text) : [];
            foreach (var one in read)
            {
                try
                {
                    byte[] Write(ReadOnlyMemory<byte> diff) =>
                        one.Mail.AuthorName.Length == 0 ? diff.ToArray() : MailWriter.Write(one.Mail with { Diff = diff, DiffWithReturns = default });
                    var mended = await mending.NextAsync(one, Write, cancellationToken);
                    notes.AddRange(mended?.Notes ?? []);
                    if (mended is null && one.Finding is { } finding)
                    {
                        findings.Add(finding);
                        continue;
                    }

                    var bytes = mended is not null ? Write(mended.Diff)
                        : one.Trailers.IsEmpty ? parts[one.MailNumber - 1].Mail.ToArray() : MailWriter.Write(one.Mail);
                    mails.Add((PatchName.Of(mails.Count + 1, Subject(one)), bytes, Options(patch)));
                }
                catch (DiagnosticException e)
                {
                    findings.AddRange(e.Diagnostics);
                }
            }
        }

        if (findings.Count > 0)
        {
            throw new DiagnosticException(findings);
        }

        RequireEmpty(folder);
        return (Write(folder, mails), notes);
    }

    private static string Subject(ParsedPatch patch) =>
        patch.Mail.Subject is { Length: > 0 } stated ? stated : Path.GetFileNameWithoutExtension(patch.Source.Name);

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

    private static string Options(PatchFile patch) =>
        (patch.Strip is { } parts and not 1 ? string.Create(CultureInfo.InvariantCulture, $" -p{parts}") : "") + (patch.IsReversed ? " -R" : "")
        + (patch.Fuzz > 0 ? $" fuzz={patch.Fuzz}" : "");

    private static void RequireEmpty(string folder)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SeriesFolderInUse, $"'{folder}' is not empty",
                "name a new folder; what is in a series is never overwritten"));
        }
    }

    private static List<string> Write(string folder, List<(string Name, byte[] Text, string Options)> mails)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        foreach (var (name, text, _) in mails)
        {
            files.Add(Path.Combine(folder, name));
            AtomicFile.Write(files[^1], text);
        }

        files.Add(Path.Combine(folder, "series"));
        AtomicFile.Write(files[^1], string.Concat(mails.Select(mail => $"{mail.Name}{mail.Options}\n")));
        return files;
    }
}
