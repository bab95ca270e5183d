using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Git.Repositories;

/// <summary>
/// Every source and patched tree as git objects, in one bare repository of the user's cache: deduplicated, verified by
/// their names, and immune to a vendor's force-push. Driven through git's plumbing.
/// </summary>
public sealed class GitStore : GitRepository
{
    private GitStore(string folder)
        : base(folder)
    {
    }

    public string PackFolder => Path.Combine(Folder, "objects", "pack");

    /// <summary>Opens the store, making it when it is not there.</summary>
    /// <exception cref="DiagnosticException">KB1013 when the folder holds something else.</exception>
    public static new async Task<GitStore> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        var store = new GitStore(folder);
        if (!File.Exists(Path.Combine(folder, "HEAD")) || !Directory.Exists(store.PackFolder))
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()
                && !Directory.Exists(Path.Combine(folder, "objects")))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.StoreDamaged, $"'{folder}' holds something else than a git store",
                    "move it away, or choose another cache with KERNELBUILD_CACHE"));
            }

            await MakeAsync(folder, cancellationToken);
        }

        // a tree's own .gitattributes may not change a byte of it: no line ends, $Id$, encodings or filters
        var attributes = Path.Combine(folder, "info", "attributes");
        if (!File.Exists(attributes))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(attributes)!);
            AtomicFile.Write(attributes, "* -text -ident -filter -working-tree-encoding\n");
        }

        store.RemoveLeftovers();
        return store;
    }

    /// <summary>A new store is made beside its place and moved there whole: two builds may start on an empty cache at once.</summary>
    private static async Task MakeAsync(string folder, CancellationToken cancellationToken)
    {
        static Task InitAsync(string at, CancellationToken token) =>
            Bare().WithArguments("init", "-q", "--bare", "--object-format=sha1", at).RunAsync(token);
        if (Directory.Exists(folder))
        {
            await InitAsync(folder, cancellationToken);
            return;
        }

        var made = $"{folder}.{Guid.NewGuid():N}";
        try
        {
            await InitAsync(made, cancellationToken);
            Directory.Move(made, folder);
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, "HEAD")))
        {
            // the other build was first
        }
        finally
        {
            if (Directory.Exists(made))
            {
                Directory.Delete(made, recursive: true);
            }
        }
    }

    /// <summary>Room for objects that a server sends.</summary>
    public Task<IncomingObjects> ReceiveAsync(CancellationToken cancellationToken) => IncomingObjects.BeginAsync(this, cancellationToken);

    /// <summary>git as its user has set it up, on no repository: for asking a server what it has.</summary>
    public static Command Outside(IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments) =>
        OfUser(environment).WithArguments(arguments).In("/");

    /// <summary>git with a work tree and the index that describes it.</summary>
    public Command GitIn(string workTree, string index, params IEnumerable<string> arguments) =>
        Bare()
            .WithArguments($"--git-dir={Folder}", $"--work-tree={workTree}")
            .WithArguments(arguments)
            .WithEnvironment("GIT_INDEX_FILE", index)
            .In(workTree);

    /// <summary>Every object that the store holds.</summary>
    public async Task<IReadOnlyList<GitObjectId>> ListObjectsAsync(CancellationToken cancellationToken)
    {
        var ids = new List<GitObjectId>();
        await (Git("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)") with
        {
            OnOutput = line => ids.Add(GitObjectId.Parse(line)),
        }).RunAsync(cancellationToken);
        return ids;
    }

    /// <summary>Keeps an object and all it reaches from being collected.</summary>
    public async Task KeepAsync(GitObjectId commit, CancellationToken cancellationToken)
    {
        await Git("update-ref", $"refs/kernelbuild/{commit}", commit.ToString()).RunAsync(cancellationToken);
        ForgetDamage(commit);
        Used(commit);
    }

    /// <summary>
    /// A commit whose objects are no longer all there counts as absent until it is kept again: whoever wants it fetches, imports or
    /// patches it anew, and only it. Its refs go.
    /// </summary>
    public async Task MarkDamagedAsync(GitObjectId commit, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(MarkOf(commit))!);
        await File.WriteAllTextAsync(MarkOf(commit), "", cancellationToken);
        foreach (var name in (await Git("for-each-ref", "--points-at", commit.ToString(), "--format=%(refname)", "refs/kernelbuild")
            .RunAsync(cancellationToken)).Output)
        {
            await Git("update-ref", "-d", name).RunAsync(cancellationToken);
        }
    }

    /// <summary>The objects of a commit have come again.</summary>
    public void ForgetDamage(GitObjectId commit)
    {
        if (File.Exists(MarkOf(commit)))
        {
            File.Delete(MarkOf(commit));
        }
    }

    /// <inheritdoc/>
    public override Task<GitObjectId?> FindTreeAsync(GitObjectId commit, CancellationToken cancellationToken) =>
        File.Exists(MarkOf(commit)) ? Task.FromResult<GitObjectId?>(null) : base.FindTreeAsync(commit, cancellationToken);

    private string MarkOf(GitObjectId commit) => Path.Combine(Folder, "damaged", commit.ToString());

    /// <summary>Notes that a commit is of use now: pruning goes by it. The time is that of the ref's file, which we never pack.</summary>
    public void Used(GitObjectId commit)
    {
        var file = Path.Combine(Folder, "refs", "kernelbuild", commit.ToString());
        if (File.Exists(file))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }
    }

    /// <summary>A commit under a name of its own; it is kept from being collected, too.</summary>
    public Task NameAsync(string name, GitObjectId commit, CancellationToken cancellationToken) =>
        Git("update-ref", "refs/kernelbuild/" + name, commit.ToString()).RunAsync(cancellationToken);

    /// <summary>The commit of a name, as <see cref="NameAsync"/> gave it; null when there is none.</summary>
    public Task<GitObjectId?> FindNamedAsync(string name, CancellationToken cancellationToken) =>
        PeelAsync("refs/kernelbuild/" + name, "commit", cancellationToken);

    /// <summary>A commit with the given author and message; equal arguments give an equal id.</summary>
    public async Task<GitObjectId> CommitAsync(
        GitObjectId tree, GitObjectId? parent, CommitAuthor author, string message, CancellationToken cancellationToken)
    {
        var command = Git("commit-tree", tree.ToString());
        if (parent is { } first)
        {
            command = command.WithArguments("-p", first.ToString());
        }

        command = command
            .WithEnvironment("GIT_AUTHOR_NAME", author.Name)
            .WithEnvironment("GIT_AUTHOR_EMAIL", author.Email)
            .WithEnvironment("GIT_AUTHOR_DATE", author.Date) with
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(message), token),
        };
        return GitObjectId.Parse(await command.ReadAsync(cancellationToken));
    }

    /// <summary>Packs that a killed process left half written, to which nothing refers, and the lock of a killed fetch.</summary>
    private void RemoveLeftovers()
    {
        foreach (var file in Directory.EnumerateFiles(PackFolder, "tmp_*").Append(Path.Combine(Folder, "shallow.lock")).Where(File.Exists))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > TimeSpan.FromHours(1))
            {
                File.Delete(file);
            }
        }
    }
}
