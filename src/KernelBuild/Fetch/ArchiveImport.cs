using KernelBuild.CheckOut;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch;

/// <summary>A tar stream becomes a commit of the store, and, in the same pass, the first work tree.</summary>
internal static class ArchiveImport
{
    /// <summary>
    /// The import of an archive, whichever device wanted it; null when the store has none. A format of its own in the name of the
    /// ref: an importer that makes another tree of the same archive takes another one.
    /// </summary>
    public static async Task<(GitObjectId Commit, GitObjectId Tree)?> FindAsync(GitStore store, Sha256Digest digest, CancellationToken cancellationToken) =>
        await store.FindNamedAsync(NameOf(digest), cancellationToken) is { } commit
        && await store.FindTreeAsync(commit, cancellationToken) is { } tree
            ? (commit, tree)
            : null;

    private static string NameOf(Sha256Digest digest) => "archives/1/" + digest;

    /// <param name="digest">Of the file that the archive is in.</param>
    /// <param name="name">Of the archive, for messages and as the commit's subject.</param>
    /// <param name="readTar">Gives the uncompressed tar stream to the action it is handed.</param>
    public static async Task<(GitObjectId Commit, GitObjectId Tree)> RunAsync(
        FetchContext context, Sha256Digest digest, string name, Func<Func<Stream, CancellationToken, Task>, CancellationToken, Task> readTar,
        CancellationToken cancellationToken)
    {
        var store = context.Store;
        context.Log.Status($"importing {name} into the store");
        await using var pack = PackFile.Create(store.PackFolder, await store.ListObjectsAsync(cancellationToken));
        var unpackTo = context.WorkTree?.BeginFilling();
        ImportedTree? imported = null;
        try
        {
            await readTar(
                async (tar, token) =>
                {
                    // not disposed: that would close the pipe, which its owner drains
                    var buffered = new BufferedStream(tar, 1 << 20);
                    imported = await TarImport.RunAsync(
                        name, buffered, pack, unpackTo, count => context.Log.Progress($"importing: {count} files"), token);
                },
                cancellationToken);
            await pack.FinishAsync(cancellationToken);
            var commit = await store.CommitAsync(imported!.Tree, null, CommitAuthor.Importer, name + "\n", cancellationToken);
            await store.KeepAsync(commit, cancellationToken);
            await store.NameAsync(NameOf(digest), commit, cancellationToken);
            context.WorkTree?.EndFilling(imported, commit);
            return (commit, imported.Tree);
        }
        catch
        {
            context.WorkTree?.AbandonFilling();
            throw;
        }
    }

    /// <summary>The program that unpacks a file with these first bytes; null for a bare tar.</summary>
    /// <exception cref="DiagnosticException">KB1005 when the bytes are of no archive.</exception>
    public static Command? Decompressor(ReadOnlySpan<byte> head, string name)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]))
        {
            return new Command("xz").WithArguments("-dc", "-T0");
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
        {
            return new Command("gzip").WithArguments("-dc");
        }

        if (head.StartsWith("BZh"u8))
        {
            return new Command("bzip2").WithArguments("-dc");
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]))
        {
            return new Command("zstd").WithArguments("-dc");
        }

        const int tarMagicOffset = 257;
        return head.Length > tarMagicOffset + 5 && head[tarMagicOffset..].StartsWith("ustar"u8)
            ? null
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ArchiveUnreadable,
                "the file is no tar archive, neither bare nor compressed with gzip, xz, bzip2 or zstd",
                "give the archive of the kernel tree itself") with
            { File = name });
    }
}
