using KernelBuild.Archives;
using KernelBuild.CheckOut;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>An archive becomes a commit of the store, and, in the same pass, the first work tree.</summary>
internal static class ArchiveImport
{
    /// <summary>
    /// The import of an archive, whichever device wanted it; null when the store has none. The number in the ref's name is that of
    /// the importer: one that makes another tree of the same archive takes another one.
    /// </summary>
    /// <param name="digest">Of the file that the archive is in.</param>
    /// <param name="member">The archive in it that was chosen by the project; null for none.</param>
    public static async Task<(GitObjectId Commit, GitObjectId Tree)?> FindAsync(
        GitStore store, Sha256Digest digest, string? member, CancellationToken cancellationToken)
    {
        if (await store.FindNamedAsync(NameOf(digest, member), cancellationToken) is not { } commit
            || await store.FindTreeAsync(commit, cancellationToken) is not { } tree)
        {
            return null;
        }

        store.Used(commit);
        return (commit, tree);
    }

    /// <summary>Lets <see cref="FindAsync"/> find an import.</summary>
    public static Task RememberAsync(
        GitStore store, Sha256Digest digest, string? member, GitObjectId commit, CancellationToken cancellationToken) =>
        store.NameAsync(NameOf(digest, member), commit, cancellationToken);

    private static string NameOf(Sha256Digest digest, string? member) =>
        $"archives/1/{digest}{(member is null ? "" : "-" + Sha256Digest.Of(member).ToString()[..16])}";

    /// <param name="name">Of the archive, for messages and as the commit's subject.</param>
    /// <param name="read">Gives the archive's members to the action it is handed.</param>
    /// <param name="fraction">How much of the stored archive was read, 0 to 1; null when that is not known.</param>
    /// <param name="accept">Whether it is what was looked for; when not, nothing was done. Null for yes.</param>
    /// <returns>Null when it was not accepted.</returns>
    public static async Task<(GitObjectId Commit, ImportedTree Imported)?> RunAsync(
        FetchContext context, string name, Func<Func<IMemberReader, CancellationToken, Task>, CancellationToken, Task> read,
        Func<double?> fraction, Func<bool>? accept, CancellationToken cancellationToken)
    {
        var store = context.Store;
        context.Log.Status($"importing {name} into the store");
        await using var pack = PackFile.Create(store.PackFolder, await store.ListObjectsAsync(cancellationToken));
        var unpackTo = context.WorkTree?.BeginFilling();
        var progress = new ImportProgress(context.Log, fraction);
        ImportedTree? imported = null;
        try
        {
            await read(
                (members, token) =>
                {
                    imported = TreeImport.Run(name, members, pack, unpackTo, progress.Add, context.Log, token);
                    return Task.CompletedTask;
                },
                cancellationToken);
            if (accept?.Invoke() == false)
            {
                context.WorkTree?.AbandonFilling();
                return null;
            }

            await pack.FinishAsync(cancellationToken);
            var commit = await store.CommitAsync(imported!.Tree, null, CommitAuthor.Importer, name + "\n", cancellationToken);
            await store.KeepAsync(commit, cancellationToken);
            context.WorkTree?.EndFilling(imported, commit);
            return (commit, imported);
        }
        catch
        {
            context.WorkTree?.AbandonFilling();
            throw;
        }
    }
}
