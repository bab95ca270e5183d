using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Engine;

namespace KernelBuild.Patches.Mending;

/// <summary>Mends the damaged patches of a series, each by the source with those before it.</summary>
internal sealed class SeriesMending(GitRepository repository, GitObjectId commit)
{
    private GitObjectId _commit = commit;

    /// <summary>Mends one patch, when it is damaged, and goes on to the source that has it.</summary>
    /// <param name="asSent">The patch as a file.</param>
    /// <param name="write">Makes a patch file of a diff.</param>
    /// <returns>Null for a patch that is not damaged, or only does not apply.</returns>
    /// <exception cref="DiagnosticException">KB2020, or the finding of a patch that is no matter of mending.</exception>
    public async Task<MendedPatch?> NextAsync(
        ParsedPatch patch, byte[] asSent, Func<ReadOnlyMemory<byte>, byte[]> write, CancellationToken cancellationToken)
    {
        if (patch.Finding is null)
        {
            // one that reads well and does not apply may have lost, or gained, the ends of its lines
            return (await ApplyAsync(patch, asSent, cancellationToken)).Count == 0
                || await MendAsync(patch, endsOnly: true, cancellationToken) is not { Diff.IsEmpty: false } ended
                || (await ApplyAsync(patch, write(ended.Diff), cancellationToken)).Count > 0
                ? null : ended;
        }

        if (patch.Finding.Code != DiagnosticCodes.PatchMalformed || patch.Mail.Diff.IsEmpty)
        {
            throw new DiagnosticException(patch.Finding);
        }

        var mended = await MendAsync(patch, endsOnly: false, cancellationToken);
        return mended.Diff.IsEmpty ? throw new DiagnosticException([patch.Finding, .. mended.Notes])
            : await ApplyAsync(patch, write(mended.Diff), cancellationToken) is { Count: > 0 } findings
                ? throw new DiagnosticException([patch.Finding, .. findings])
                : mended;
    }

    private async Task<MendedPatch> MendAsync(ParsedPatch patch, bool endsOnly, CancellationToken cancellationToken)
    {
        var file = patch.Source;
        await using var objects = new ObjectReader(repository, contents: true, cancellationToken);
        var tree = new SourceTree(objects, _commit.ToString());
        return await Task.Run(
            () => PatchMender.Run(
                patch.Mail.Diff, file.Path, patch.Mail.DiffNumber, file.Strip, file.IsReversed, endsOnly,
                path => Lines(objects, tree, path), path => Mode(tree, path)),
            cancellationToken);
    }

    /// <returns>Why it does not apply; nothing when it does.</returns>
    private async Task<IReadOnlyList<Diagnostic>> ApplyAsync(ParsedPatch patch, byte[] text, CancellationToken cancellationToken)
    {
        var scratch = Directory.CreateTempSubdirectory("kernelbuild-mend-");
        try
        {
            var path = Path.Combine(scratch.FullName, "0001.patch");
            await File.WriteAllBytesAsync(path, text, cancellationToken);
            var report = await SeriesRun.ApplyAsync(
                repository, _commit, [patch.Source with { Path = path, Name = patch.Name }], new SeriesOptions(), cancellationToken);
            if (report.Commit is not { } next)
            {
                return [.. report.Findings];
            }

            _commit = next;
            return [];
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static List<string>? Lines(ObjectReader objects, SourceTree tree, string path)
    {
        if (TreePath.WhyUnsafe(path) is not null)
        {
            return null;
        }

        tree.Load([path]);
        return tree.Find(path) is { IsFolder: false } entry && entry.Mode != FileState.GitLink && objects.Read(entry.Id) is { } content
            ? MendLines.Split(content) : null;
    }

    private static string Mode(SourceTree tree, string path) => tree.Find(path) is { } entry ? Convert.ToString(entry.Mode, 8) : "100644";
}
