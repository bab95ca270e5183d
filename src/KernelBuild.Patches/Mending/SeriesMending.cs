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
    /// <param name="write">Makes a patch file of a diff.</param>
    /// <returns>Null for a patch that is not damaged.</returns>
    /// <exception cref="DiagnosticException">KB2020, or the finding of a patch that is no matter of mending.</exception>
    public async Task<MendedPatch?> NextAsync(ParsedPatch patch, Func<ReadOnlyMemory<byte>, byte[]> write, CancellationToken cancellationToken)
    {
        MendedPatch? mended = null;
        var file = patch.Source;
        if (patch.Finding is { Code: DiagnosticCodes.PatchMalformed } && !patch.Mail.Diff.IsEmpty)
        {
            await using var objects = new ObjectReader(repository, contents: true, cancellationToken);
            var tree = new SourceTree(objects, _commit.ToString());
            mended = await Task.Run(
                () => PatchMender.Run(
                    patch.Mail.Diff, file.Path, patch.Mail.DiffNumber, file.Strip, path => Lines(objects, tree, path), path => Mode(tree, path)),
                cancellationToken);
        }

        if (mended is { Diff.IsEmpty: true })
        {
            throw new DiagnosticException([patch.Finding!, .. mended.Notes]);
        }

        if (patch.Finding is { } finding && mended is null)
        {
            throw new DiagnosticException(finding);
        }

        var scratch = Directory.CreateTempSubdirectory("kernelbuild-mend-");
        try
        {
            var path = Path.Combine(scratch.FullName, "0001.patch");
            await File.WriteAllBytesAsync(path, write(mended?.Diff ?? patch.Mail.Diff), cancellationToken);
            var report = await SeriesRun.ApplyAsync(
                repository, _commit, [file with { Path = path, Name = patch.Name }], new SeriesOptions(), cancellationToken);
            if (report.Commit is { } next)
            {
                _commit = next;
            }
            else if (mended is not null)
            {
                throw new DiagnosticException([patch.Finding!, .. report.Findings]);
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }

        return mended;
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
