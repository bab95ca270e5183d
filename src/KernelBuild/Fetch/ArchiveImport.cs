using KernelBuild.Archives;
using KernelBuild.CheckOut;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Fetch;

/// <summary>An archive becomes a commit of the store, and, in the same pass, the first work tree.</summary>
internal static class ArchiveImport
{
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
