using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Git.Repositories;

/// <summary>
/// A fetch's objects until they are whole: a repository beside the store that sees the store's objects. git's own shallow fetches
/// share one lock file, shallow.lock, so that two at once fail; here each has its own, and one that is cut or killed leaves
/// the store as it was.
/// </summary>
public sealed class IncomingObjects : IDisposable
{
    private readonly GitStore _store;
    private readonly string _folder;
    private readonly FileStream _alive;

    private IncomingObjects(GitStore store, string folder, FileStream alive)
    {
        _store = store;
        _folder = folder;
        _alive = alive;
    }

    internal static string FolderOf(GitStore store) => Path.Combine(store.Folder, "incoming");

    internal static async Task<IncomingObjects> BeginAsync(GitStore store, CancellationToken cancellationToken)
    {
        using var alone = await FolderLock.TakeAsync(FolderOf(store), cancellationToken);
        RemoveLeftovers(store);
        var folder = Path.Combine(FolderOf(store), Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.Combine(folder, "refs"));
        Directory.CreateDirectory(Path.Combine(folder, "objects", "pack"));
        Directory.CreateDirectory(Path.Combine(folder, "objects", "info"));
        var alive = new FileStream(Path.Combine(folder, "alive"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await File.WriteAllTextAsync(Path.Combine(folder, "HEAD"), "ref: refs/heads/none\n", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "config"), await ConfigAsync(store, folder, cancellationToken), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "objects", "info", "alternates"), Path.Combine(store.Folder, "objects") + "\n", cancellationToken);
        // the server must know that the store has these commits without their history
        if (File.Exists(ShallowOf(store.Folder)))
        {
            File.Copy(ShallowOf(store.Folder), ShallowOf(folder));
        }

        return new IncomingObjects(store, folder, alive);
    }

    /// <summary>
    /// git builds on what the refs of the store name. It may do so with those of now: one that comes while this fetch runs names a
    /// commit whose history is cut off, and this room's list of such commits does not have it.
    /// </summary>
    private static async Task<string> ConfigAsync(GitStore store, string folder, CancellationToken cancellationToken)
    {
        var refs = Path.Combine(folder, "known");
        await File.WriteAllLinesAsync(
            refs, (await store.Git("for-each-ref", "--format=%(objectname)").RunAsync(cancellationToken)).Output, cancellationToken);
        // '#' hides the argument that git adds
        var command = $"cat '{refs.Replace("'", @"'\''", StringComparison.Ordinal)}' #";
        var value = command.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\talternateRefsCommand = \"{value}\"\n";
    }

    /// <summary>git on it, with the user's settings and environment: for fetching only.</summary>
    public Command Git(IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments) =>
        GitRepository.OfUser(environment).WithArguments("--git-dir=" + _folder).WithArguments(arguments);

    /// <summary>The commit that an id names here or in the store; null when neither has it.</summary>
    public Task<GitObjectId?> FindCommitAsync(GitObjectId id, CancellationToken cancellationToken) =>
        new GitRepository(_folder).FindCommitAsync(id, cancellationToken);

    /// <summary>Moves what was fetched into the store.</summary>
    public async Task AcceptAsync(CancellationToken cancellationToken)
    {
        using var alone = await FolderLock.TakeAsync(FolderOf(_store), cancellationToken);
        var shallow = ShallowOf(_folder);
        if (File.Exists(shallow))
        {
            var known = File.Exists(ShallowOf(_store.Folder)) ? await File.ReadAllLinesAsync(ShallowOf(_store.Folder), cancellationToken) : [];
            var all = known.Union(await File.ReadAllLinesAsync(shallow, cancellationToken), StringComparer.Ordinal).Order(StringComparer.Ordinal);
            AtomicFile.Write(ShallowOf(_store.Folder), string.Join('\n', all) + "\n");
        }

        // a server of plain files gives the objects that are in none of its packs one by one
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(_folder, "objects"), "??"))
        {
            var target = Path.Combine(_store.Folder, "objects", Path.GetFileName(folder));
            Directory.CreateDirectory(target);
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                File.Move(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
            }
        }

        // a pack is there when its .idx is
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, "objects", "pack"), "pack-*")
            .Where(file => Path.GetExtension(file) is ".pack" or ".rev" or ".idx")
            .OrderBy(file => Path.GetExtension(file) == ".idx")
            .ToArray())
        {
            File.Move(file, Path.Combine(_store.PackFolder, Path.GetFileName(file)), overwrite: true);
        }
    }

    public void Dispose()
    {
        _alive.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // another fetch begins and clears it away as a leftover
        }
    }

    /// <summary>Of processes that were killed: they hold their file no more.</summary>
    private static void RemoveLeftovers(GitStore store)
    {
        foreach (var folder in Directory.EnumerateDirectories(FolderOf(store)))
        {
            try
            {
                using (File.Open(Path.Combine(folder, "alive"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
                {
                }

                Directory.Delete(folder, recursive: true);
            }
            catch (IOException e) when (FolderLock.IsHeld(e) || e is DirectoryNotFoundException or FileNotFoundException)
            {
                // somebody fetches, or has just ended
            }
        }
    }

    private static string ShallowOf(string repository) => Path.Combine(repository, "shallow");
}
