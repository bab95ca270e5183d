using KernelBuild.CheckOut;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>The first stage: the device's source becomes a commit in the store, and the lock file says which.</summary>
public sealed class FetchStage(
    SourceRequest request, LockFile lockFile, BuildOptions options, CacheFolder cache, GitStore store, IBuildLog log)
{
    /// <summary>
    /// Not a <see cref="Stages.Stage{TInput, TResult}"/>: its record is the lock file, which goes from machine to machine.
    /// </summary>
    public async Task<LockedSource> RunAsync(CancellationToken cancellationToken)
    {
        var spec = KernelSourceSpec.Parse(request.KernelSource, Path.GetDirectoryName(request.ProjectFile)!);
        var locked = lockFile.Source is { } source && source.Spec == spec.Text ? source : null;
        if (locked is not null && await IsPresentAsync(spec, locked, cancellationToken))
        {
            return locked;
        }

        if (options.Locked && locked is null && spec is not LocalTreeSpec)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"the lock file does not name '{spec.Text}'",
                "build once without --locked and commit the lock file") with
            { File = request.LockFile });
        }

        var workTree = new WorkTree(request.Folders, store, log);
        var context = new FetchContext(cache, store, log, locked, options.Locked, workTree.Exists ? null : workTree);
        var fetched = spec switch
        {
            DebianSpec debian => await DebianSource.FetchAsync(debian, context, cancellationToken),
            GitSpec git => await GitSource.FetchAsync(git, context, cancellationToken),
            ArchiveSpec archive => await ArchiveSource.FetchAsync(archive, context, cancellationToken),
            LocalTreeSpec local =>
                await LocalTreeSource.FetchAsync(local, context, Path.Combine(request.Folders.Work, "source.index"), cancellationToken),
            _ => throw new InvalidOperationException($"no way to fetch {spec}"),
        };
        if (locked is not null && locked.Sha256 == fetched.Sha256 && locked.Version == fetched.Version && locked.Tree != fetched.Tree)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DigestMismatch,
                $"'{spec.Text}' is the tree {fetched.Tree}; the lock file names {locked.Tree}",
                "the lock file was edited or belongs to another source; restore it from version control") with
            { File = request.LockFile });
        }

        if (spec is not LocalTreeSpec)
        {
            lockFile.Source = fetched;
            lockFile.Save();
        }

        return fetched;
    }

    /// <summary>Whether the locked commit is in the store; a folder of this machine has to be read at each build.</summary>
    private async Task<bool> IsPresentAsync(KernelSourceSpec spec, LockedSource locked, CancellationToken cancellationToken)
    {
        return spec is not LocalTreeSpec && await store.FindTreeAsync(locked.Commit, cancellationToken) == locked.Tree;
    }
}
