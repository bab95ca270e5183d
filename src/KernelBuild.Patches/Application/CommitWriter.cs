using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Patches.Application;

/// <summary>
/// Makes the commits of a series, and their trees, through one git fast-import (its manual page describes the stream). No ref is left.
/// </summary>
internal static class CommitWriter
{
    /// <returns>The commits in order, and the tree of the last.</returns>
    public static async Task<(IReadOnlyList<GitObjectId> Commits, GitObjectId Tree)> WriteAsync(
        GitRepository repository, GitObjectId parent, IReadOnlyList<CommitPlan> plans, CancellationToken cancellationToken)
    {
        var answers = new List<string>();
        var reports = CrashReports(repository.Folder);
        var import = repository.Git("-c", "pack.compression=1", "fast-import", "--quiet", "--done", "--date-format=raw") with
        {
            InputProducer = (stream, token) => SendAsync(stream, parent, plans, token),
            OnOutput = answers.Add,
        };
        try
        {
            await import.RunAsync(cancellationToken);
        }
        catch (DiagnosticException)
        {
            // git leaves a report beside the repository when a stream is refused
            foreach (var report in CrashReports(repository.Folder).Except(reports))
            {
                File.Delete(report);
            }

            throw;
        }

        if (answers.Count != plans.Count + 1 || answers[^1].Split(' ', '\t') is not ["040000", "tree", var tree, ..])
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolFailed, "git fast-import did not name every commit", "run git fsck on the repository") with
            { Details = [.. answers.TakeLast(5)] });
        }

        return ([.. answers.SkipLast(1).Select(GitObjectId.Parse)], GitObjectId.Parse(tree));
    }

    private static async Task SendAsync(
        Stream stream, GitObjectId parent, IReadOnlyList<CommitPlan> plans, CancellationToken cancellationToken)
    {
        // a branch of this run alone, that is taken back before it would be written
        var branch = $"refs/kernelbuild/in-work-{Guid.NewGuid():n}";
        var text = new StringBuilder();
        for (var number = 0; number < plans.Count; number++)
        {
            var plan = plans[number];
            text.Append(
                CultureInfo.InvariantCulture,
                $"commit {branch}\nmark :{number + 1}\nauthor {Identity(plan.AuthorName)} <{Identity(plan.AuthorEmail)}> "
                + $"{plan.AuthorDate}\ncommitter KernelBuild <kernelbuild@localhost> {GitRepository.Date}\ndata "
                + $"{Encoding.UTF8.GetByteCount(plan.Message)}\n{plan.Message}\n");
            if (number == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"from {parent}\n");
            }

            foreach (var (path, mode, blob) in plan.Changes.OrderBy(change => change.Blob is not null))
            {
                text.Append(blob is null ? $"D {Quote(path)}\n" : $"M {Convert.ToString(mode, 8)} {await blob} {Quote(path)}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"\nget-mark :{number + 1}\n");
            if (text.Length > 1 << 18)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
                text.Clear();
            }
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"ls :{plans.Count} \"\"\nreset {branch}\nfrom {new string('0', GitObjectId.HexLength)}\n\ndone\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
    }

    /// <summary>What git leaves out of names itself (ident.c: strbuf_addstr_without_crud).</summary>
    private static string Identity(string text) => string.Concat(text.Where(letter => letter is not ('<' or '>' or '\n' or '\0'))).Trim(
        ' ', '.', ',', ':', ';', '"', '\\', '\'', '\t', '\r');

    private static string Quote(string path) =>
        path.StartsWith('"') || path.Contains('\\', StringComparison.Ordinal)
            ? "\"" + path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
            : path;

    private static string[] CrashReports(string folder) => Directory.GetFiles(folder, "fast_import_crash_*");
}
