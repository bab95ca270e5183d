using KernelBuild.Archives;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch;

/// <summary>debian:PACKAGE: the tarball that a linux-source package carries.</summary>
internal static class DebianSource
{
    public static async Task<LockedSource> FetchAsync(DebianSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        var archive = new DebianArchive(context.Cache, context.Log, spec.Suite) { Offline = context.Offline, Refresh = context.Refresh };
        var locked = context.Locked is { Sha256: { } digest } source && (spec.Version is null || spec.Version == source.Version)
            ? new LockedPackage(source.Version, digest)
            : null;
        // what another device has imported needs no download
        var wanted = locked ?? (context.Strict ? null : await archive.CandidateAsync(spec.Package, spec.Version, cancellationToken));
        if (wanted is not null && await ArchiveImport.FindAsync(context.Store, wanted.Sha256, null, cancellationToken) is var (known, knownTree))
        {
            return new LockedSource(spec.Text, wanted.Version, wanted.Sha256, known, knownTree);
        }

        var (file, package) = await archive.FetchAsync(spec.Package, spec.Version, wanted, context.Strict, cancellationToken);
        var imported = await ArchiveImport.RunAsync(
            context,
            $"{spec.Package} {package.Version}",
            (take, token) => ReadTarballAsync(file, context.Cache.Downloads, take, token),
            () => null, null, cancellationToken);
        var (commit, tree) = imported!.Value;
        await ArchiveImport.RememberAsync(context.Store, package.Sha256, null, commit, cancellationToken);
        return new LockedSource(spec.Text, package.Version, package.Sha256, commit, tree.Tree);
    }

    private static Task<CommandResult> ReadTarballAsync(
        string deb, string scratchFolder, Func<IMemberReader, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        async Task FindAsync(Stream stream, CancellationToken token)
        {
            using var members = new TarMembers(new BufferedStream(stream, 1 << 20));
            while (members.Next() is { } member)
            {
                if (IsTarball(member.Name))
                {
                    await ArchiveFile.ReadAsync(members.OpenContent(), member.Name, scratchFolder, take, token);
                    return;
                }
            }

            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ArchiveUnreadable,
                "the package carries no usr/src/*.tar.* archive",
                "name a linux-source package, such as debian:linux-source-6.1") with
            { File = deb });
        }

        return (new Command("dpkg-deb") { OutputConsumer = (stream, token) => Task.Run(() => FindAsync(stream, token), token) }
            .WithArguments("--fsys-tarfile", deb)).RunAsync(cancellationToken);
    }

    private static bool IsTarball(string name) =>
        name.StartsWith("./usr/src/", StringComparison.Ordinal) && name.Contains(".tar.", StringComparison.Ordinal);
}
