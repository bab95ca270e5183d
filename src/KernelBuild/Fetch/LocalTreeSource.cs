using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>
/// path:FOLDER: a tree of this machine as it is now, edits included. What its .gitignore files name (the products of a
/// build inside it) is left out, unless its own repository tracks it.
/// </summary>
internal static class LocalTreeSource
{
    public static async Task<LockedSource> FetchAsync(
        LocalTreeSpec spec, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(spec.Folder))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SourceNotFound, $"the folder '{spec.Folder}' does not exist",
                "relative paths are relative to the device project"));
        }

        if (context.Strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"'{spec.Text}' is a folder of this machine and cannot be locked",
                "commit it to a repository and use git:, or build without --locked"));
        }

        context.Log.Status($"reading {spec.Folder}");
        Directory.CreateDirectory(Path.GetDirectoryName(indexFile)!);
        var tree = GitObjectId.Parse(await AddAsync(spec.Folder, context, indexFile, cancellationToken));
        var commit = await context.Store.CommitAsync(tree, null, CommitAuthor.Importer, "local tree\n", cancellationToken);
        return new LockedSource(spec.Text, "local", null, commit, tree);
    }

    /// <summary>Writes a folder's files as a tree, those of repositories inside it included.</summary>
    private static async Task<string> AddAsync(string folder, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        // of a git that was killed; the device's lock keeps others away
        File.Delete(indexFile + ".lock");
        await context.Store.GitIn(folder, indexFile, "add", "--all", "--", ".").RunAsync(cancellationToken);
        if (Path.Exists(Path.Combine(folder, ".git")))
        {
            await AddTrackedAsync(folder, context, indexFile, cancellationToken);
        }

        else if (File.Exists(Path.Combine(folder, "Makefile"))
            && (await (context.Store.GitIn(folder, indexFile, "check-ignore", "-q", "--no-index", "Makefile") with { AnswerCodes = [1] })
                .RunAsync(cancellationToken)).ExitCode == 0)
        {
            context.Log.Status($"{folder}/.gitignore names the kernel itself, as Debian's does: it is not followed, products of a build are left out by their names");
            await AddOthersAsync(folder, context, indexFile, cancellationToken);
        }

        foreach (var path in await RepositoriesInsideAsync(folder, context, indexFile, cancellationToken))
        {
            var number = Sha256Digest.Of(Encoding.UTF8.GetBytes(path)).ToString()[..16];
            var inner = await AddAsync(Path.Combine(folder, path), context, $"{indexFile}.{number}", cancellationToken);
            await context.Store.GitIn(folder, indexFile, "update-index", "--force-remove", "--", path).RunAsync(cancellationToken);
            await context.Store.GitIn(folder, indexFile, "read-tree", "--prefix=" + path + "/", inner).RunAsync(cancellationToken);
        }

        return await context.Store.GitIn(folder, indexFile, "write-tree").ReadAsync(cancellationToken);
    }

    /// <summary>
    /// Folders with a repository of their own, as the repo tool lays out vendors' trees: git records the commit of each, and nothing of its
    /// files.
    /// </summary>
    private static async Task<IReadOnlyList<string>> RepositoriesInsideAsync(
        string folder, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        const string gitLink = "160000 ";
        using var entries = new MemoryStream();
        await (context.Store.GitIn(folder, indexFile, "ls-files", "--stage", "-z") with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(entries, token),
        }).RunAsync(cancellationToken);
        return
        [
            .. Encoding.UTF8.GetString(entries.GetBuffer().AsSpan(0, (int)entries.Length)).Split('\0')
                .Where(entry => entry.StartsWith(gitLink, StringComparison.Ordinal))
                .Select(entry => entry[(entry.IndexOf('\t', StringComparison.Ordinal) + 1)..]),
        ];
    }

    /// <summary>
    /// What make leaves in a tree. Followed where the tree's own list names the sources: that of Debian's linux-source leaves out all but the
    /// packaging.
    /// </summary>
    private static readonly string[] _products =
    [
        "*.o", "*.ko", "*.mod", "*.mod.c", "*.a", ".*.cmd", ".*.d", ".tmp_*", "/vmlinux", "/vmlinux.*", "/System.map", "/Module.symvers", "modules.order",
        "modules.builtin", "modules.builtin.modinfo", "/.config", "/.config.old", "/.version", "/include/config/", "/include/generated/",
        "/arch/*/include/generated/", "/arch/*/boot/Image*", "/.git",
    ];

    /// <summary>All files that no list of the tree is asked about.</summary>
    private static async Task AddOthersAsync(string folder, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        using var others = new MemoryStream();
        await (context.Store.GitIn(folder, indexFile, ["ls-files", "-z", "--others", .. _products.Select(pattern => "--exclude=" + pattern)]) with
        {
            OutputConsumer = (stream, token) => stream.CopyToAsync(others, token),
        }).RunAsync(cancellationToken);
        // names are bytes: not all are UTF-8
        var paths = Encoding.Latin1.GetString(others.GetBuffer().AsSpan(0, (int)others.Length)).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .ToLookup(path => path.EndsWith('/'));
        if (paths[false].Any())
        {
            await (context.Store.GitIn(folder, indexFile, "update-index", "--add", "-z", "--stdin") with
            {
                InputProducer = async (stream, token) => await stream.WriteAsync(Encoding.Latin1.GetBytes(string.Join('\0', paths[false])), token),
            }).RunAsync(cancellationToken);
        }

        if (paths[true].Any())
        {
            // repositories of their own, whose files come with them afterwards
            await context.Store.GitIn(folder, indexFile, ["add", "--force", "--", .. paths[true].Select(path => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path)))])
                .RunAsync(cancellationToken);
        }
    }

    /// <summary>Files that are ignored by a pattern and tracked all the same.</summary>
    private static async Task AddTrackedAsync(string folder, FetchContext context, string indexFile, CancellationToken cancellationToken)
    {
        using var ignored = new MemoryStream();
        await (new KernelBuild.Host.Processes.Command("git") { OutputConsumer = (stream, token) => stream.CopyToAsync(ignored, token) }
            .WithArguments("-c", "safe.directory=*", "-C", folder, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard")
            .WithEnvironment("GIT_CONFIG_GLOBAL", "/dev/null"))
            .RunAsync(cancellationToken);
        if (ignored.Length == 0)
        {
            return;
        }

        await (context.Store.GitIn(folder, indexFile, "update-index", "--add", "--remove", "-z", "--stdin") with
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(ignored.ToArray(), token),
        }).RunAsync(cancellationToken);
    }
}
