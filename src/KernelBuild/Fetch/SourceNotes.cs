using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>
/// What a builder must know of a source tree: files that are pointers to a Git LFS server. Looked for once a tree and kept in
/// the cache, so that every build says it and none pays for it twice.
/// </summary>
internal static class SourceNotes
{
    public static async Task ReportAsync(
        GitStore store, CacheFolder cache, GitObjectId tree, IBuildLog log, CancellationToken cancellationToken)
    {
        var file = Path.Combine(cache.Trees, tree + ".lfs");
        string[] pointers;
        if (File.Exists(file))
        {
            pointers = await File.ReadAllLinesAsync(file, cancellationToken);
        }
        else
        {
            var contents = await TreeContents.OfAsync(store, tree, cancellationToken);
            pointers = [.. await contents.FindPointersAsync(store, tree, cancellationToken)];
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            AtomicFile.Write(file, string.Concat(pointers.Select(path => path + "\n")));
        }

        if (pointers.Length > 0)
        {
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.LfsPointers,
                $"{Counted.Of(pointers.Length, "file")} of the source {(pointers.Length == 1 ? "is a pointer" : "are pointers")} "
                    + "to a Git LFS server, which is not asked: the build sees three lines of text instead",
                "when it needs them: clone with git lfs, run 'git lfs pull', and use path:FOLDER as the source") with
            { Details = [.. pointers] });
        }
    }
}
