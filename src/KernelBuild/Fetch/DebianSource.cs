using System.Formats.Tar;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch;

/// <summary>debian:PACKAGE: the tarball that a linux-source package carries.</summary>
internal static class DebianSource
{
    public static async Task<LockedSource> FetchAsync(DebianSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        var archive = new DebianArchive(context.Cache, context.Log, spec.Suite)
        {
            Offline = context.Offline,
            Refresh = context.Refresh,
            IsKnown = async digest => await ArchiveImport.FindAsync(context.Store, digest, cancellationToken) is not null,
        };
        var lockedPackage = context.Locked is { Sha256: { } digest } locked ? new LockedPackage(locked.Version, digest) : null;
        var (file, package) = await archive.FetchAsync(spec.Package, spec.Version, lockedPackage, context.Strict, cancellationToken);
        var (commit, tree) = await ArchiveImport.FindAsync(context.Store, package.Sha256, cancellationToken)
            ?? await ArchiveImport.RunAsync(
                context,
                package.Sha256,
                $"{spec.Package} {package.Version}",
                (take, token) => ReadTarballAsync(file, take, token),
                cancellationToken);
        return new LockedSource(spec.Text, package.Version, package.Sha256, commit, tree);
    }

    private static Task<CommandResult> ReadTarballAsync(
        string deb, Func<Stream, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        async Task FindAsync(Stream stream, CancellationToken token)
        {
            await using var reader = new TarReader(stream, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, token) is { } entry)
            {
                if (IsTarball(entry.Name) && entry.DataStream is { } data)
                {
                    await UnpackAsync(entry.Name, data, take, token);
                    return;
                }
            }

            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ArchiveUnreadable,
                "the package carries no usr/src/*.tar.* archive",
                "name a linux-source package, such as debian:linux-source-6.1") with
            { File = deb });
        }

        return (new Command("dpkg-deb") { OutputConsumer = FindAsync }.WithArguments("--fsys-tarfile", deb)).RunAsync(cancellationToken);
    }

    private static async Task UnpackAsync(
        string name, Stream data, Func<Stream, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        var head = new byte[512];
        var length = await data.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        var decompressor = ArchiveImport.Decompressor(head.AsSpan(0, length), name)
            ?? throw new DiagnosticException(Diagnostic.Error(DiagnosticCodes.ArchiveUnreadable, "the tarball is not compressed") with
            {
                File = name,
            });
        await (decompressor with
        {
            InputProducer = async (input, token) =>
            {
                await input.WriteAsync(head.AsMemory(0, length), token);
                await data.CopyToAsync(input, 1 << 20, token);
            },
            OutputConsumer = take,
        }).RunAsync(cancellationToken);
    }

    private static bool IsTarball(string name) =>
        name.StartsWith("./usr/src/", StringComparison.Ordinal) && name.Contains(".tar.", StringComparison.Ordinal);
}
