using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>
/// What a builder must know of a source tree: files that are pointers to a Git LFS server, and submodules that are not in it. Looked for
/// once a tree and kept in the cache, so that every build says it and none pays for it twice.
/// </summary>
internal static class SourceNotes
{
    /// <param name="isRepository">Whether git, not an archive or a folder, said what the tree is.</param>
    public static async Task ReportAsync(
        GitStore store, CacheFolder cache, GitObjectId tree, bool isRepository, IBuildLog log, CancellationToken cancellationToken)
    {
        var pointers = await KeptAsync(cache, tree + ".lfs", async () =>
        {
            var contents = await TreeContents.OfAsync(store, tree, cancellationToken);
            return await contents.FindPointersAsync(store, tree, cancellationToken);
        }, cancellationToken);
        if (pointers.Length > 0)
        {
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.LfsPointers,
                $"{Counted.Of(pointers.Length, "file")} of the source {(pointers.Length == 1 ? "is a pointer" : "are pointers")} "
                    + "to a Git LFS server, which is not asked: the build sees three lines of text instead",
                "when it needs them: clone with git lfs, run 'git lfs pull', and use path:FOLDER as the source") with
            { Details = [.. pointers] });
        }

        // a repository says itself what is a submodule; its .gitmodules may name some that are gone
        var absent = isRepository ? []
            : await KeptAsync(cache, tree + ".submodules", () => AbsentSubmodulesAsync(store, tree, cancellationToken), cancellationToken);
        if (absent.Length > 0)
        {
            var first = absent[0].Split('\t')[0];
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.SubmoduleAbsent,
                $"{Counted.Of(absent.Length, "submodule")} of the source {(absent.Length == 1 ? "is" : "are")} not in it, "
                    + "and the build may look for files there",
                "when it does: name the repository as source (git:URL), which brings its submodules; or 'git submodule update --init' in the "
                    + $"folder; or <KernelSource Include=\"git:URL#COMMIT\" Path=\"{first}\" />") with
            { Details = [.. absent.Select(line => line.Replace("\t", ": ", StringComparison.Ordinal))] });
        }
    }

    /// <summary>Lines that are found once a tree.</summary>
    private static async Task<string[]> KeptAsync(
        CacheFolder cache, string name, Func<Task<IReadOnlyList<string>>> find, CancellationToken cancellationToken)
    {
        var file = Path.Combine(cache.Trees, name);
        if (File.Exists(file))
        {
            return await File.ReadAllLinesAsync(file, cancellationToken);
        }

        var lines = await find();
        Directory.CreateDirectory(cache.Trees);
        AtomicFile.Write(file, string.Concat(lines.Select(line => line + "\n")));
        return [.. lines];
    }

    /// <summary>
    /// Folder and address of what .gitmodules names and the tree has not at all. A server's archive of a repository is so, and a clone
    /// whose submodules were not brought. A folder that is a commit is another matter: it was brought, or the project wants it empty.
    /// </summary>
    private static async Task<IReadOnlyList<string>> AbsentSubmodulesAsync(GitStore store, GitObjectId tree, CancellationToken cancellationToken)
    {
        var urls = await SubmoduleFile.ReadAsync(store, tree, cancellationToken);
        if (urls.Count == 0)
        {
            return [];
        }

        // such a file is anybody's: what cannot be a folder of the tree is passed over
        var folders = urls.Where(one => MemberPath.Read(one.Key, out var path, out var isRepository) is null && path == one.Key && !isRepository)
            .OrderBy(one => one.Key, StringComparer.Ordinal).ToArray();
        var list = store.Git("ls-tree", "-z", "--name-only", "--full-tree", tree.ToString(), "--")
            .WithArguments(folders.Select(one => one.Key))
            .WithEnvironment("GIT_LITERAL_PATHSPECS", "1");
        var there = (await list.ReadAsync(cancellationToken)).Split('\0').ToHashSet(StringComparer.Ordinal);
        return [.. folders.Where(one => !there.Contains(one.Key)).Select(one => $"{one.Key}\t{SourceAddress.Redacted(one.Value)}")];
    }
}
