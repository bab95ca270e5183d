using KernelBuild.Diagnostics;
using KernelBuild.Store;

namespace KernelBuild.Sources;

/// <summary>
/// path:FOLDER: a tree of this machine as it is now, edits included. What its .gitignore files name (the products of a
/// build inside it) is left out, unless its own repository tracks it.
/// </summary>
internal static class LocalTreeSource
{
    public static async Task<LockedSource> FetchAsync(LocalTreeSpec spec, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(spec.Folder))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SourceNotFound, $"the folder '{spec.Folder}' does not exist", "relative paths are relative to the device project"));
        }

        if (context.Strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"'{spec.Text}' is a folder of this machine and cannot be locked", "commit it to a repository and use git:, or build without --locked"));
        }

        context.Log.Status($"reading {spec.Folder}");
        Directory.CreateDirectory(Path.GetDirectoryName(indexFile)!);
        // of a git that was killed; the device's lock keeps others away
        File.Delete(indexFile + ".lock");
        await context.Store.GitIn(spec.Folder, indexFile, "add", "--all", "--", ".").RunAsync(cancellationToken);
        if (Path.Exists(Path.Combine(spec.Folder, ".git")))
        {
            await AddTrackedAsync(spec, context, indexFile, cancellationToken);
        }

        var tree = GitObjectId.Parse(await context.Store.GitIn(spec.Folder, indexFile, "write-tree").ReadAsync(cancellationToken));
        var commit = await context.Store.CommitAsync(tree, null, CommitAuthor.Importer, "local tree\n", cancellationToken);
        return new LockedSource(spec.Text, "local", null, commit.ToString(), tree.ToString());
    }

    /// <summary>Files that are ignored by a pattern and tracked all the same.</summary>
    private static async Task AddTrackedAsync(LocalTreeSpec spec, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        using var ignored = new MemoryStream();
        await (new Tools.Command("git") { OutputConsumer = (stream, token) => stream.CopyToAsync(ignored, token) }
            .WithArguments("-c", "safe.directory=*", "-C", spec.Folder, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
            .WithEnvironment("GIT_CONFIG_GLOBAL", "/dev/null"))
            .RunAsync(cancellationToken);
        if (ignored.Length == 0)
        {
            return;
        }

        await (context.Store.GitIn(spec.Folder, indexFile, "update-index", "--add", "--remove", "-z", "--stdin") with
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(ignored.ToArray(), token),
        }).RunAsync(cancellationToken);
    }
}
