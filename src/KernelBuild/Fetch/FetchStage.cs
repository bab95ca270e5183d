using KernelBuild.CheckOut;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Manifests;
using KernelBuild.Fetch.Signatures;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>The first stage: the device's sources become one commit in the store, and the lock file says which.</summary>
public sealed class FetchStage(
    SourceRequest request, LockFile lockFile, BuildOptions options, CacheFolder cache, GitStore store, IBuildLog log)
{
    /// <summary>How patient fetching is; of this process by default.</summary>
    public NetworkSettings? Network { get; init; }

    /// <summary>
    /// Not a <see cref="Stages.Stage{TInput, TResult}"/>: its record is the lock file, which goes from machine to machine.
    /// </summary>
    public async Task<LockedSource> RunAsync(CancellationToken cancellationToken)
    {
        var plan = SourcePlan.Of(request);
        new KnownProjects(cache).Add(request.LockFile);
        RemoveLoginsFromLock();
        var locked = plan.IsLocked(lockFile) && !options.UpdateLock ? lockFile.Source : null;
        if (locked is not null && await store.FindTreeAsync(locked.Commit, cancellationToken) == locked.Tree
            && !LacksManifests(plan) && !await LacksSubmodulesAsync(plan, locked, cancellationToken))
        {
            foreach (var piece in plan.Pieces)
            {
                if (SourcePlan.Locked(lockFile, piece.Path, piece.Spec) is { } source)
                {
                    await SourceSignature.RequireAsync(piece, source.Commit, ContextOf(piece, isAlone: false), cancellationToken);
                }
            }

            store.Used(locked.Commit);
            await ReportNotesAsync(plan, locked.Tree, cancellationToken);
            return locked;
        }

        RequireLocked(plan);
        var pieces = new List<(string Path, LockedSource Source)>();
        foreach (var piece in plan.Pieces)
        {
            pieces.AddRange(await FetchAsync(plan, piece, cancellationToken));
        }

        var composed = await ComposeAsync(plan, pieces, cancellationToken);
        RequireAsLocked(plan, pieces, composed, locked);
        Keep(plan, pieces, composed);
        await ReportNotesAsync(plan, composed.Tree, cancellationToken);
        return composed;
    }

    private Task ReportNotesAsync(SourcePlan plan, GitObjectId tree, CancellationToken cancellationToken) =>
        SourceNotes.ReportAsync(store, cache, tree, plan.Kernel is GitSpec or RepoManifestSpec, log, cancellationToken);

    /// <summary>A lock of a version that left their folders empty.</summary>
    private async Task<bool> LacksSubmodulesAsync(SourcePlan plan, LockedSource locked, CancellationToken cancellationToken) =>
        lockFile.Parts.Count == 0 && plan.Kernel is GitSpec && request.Kernel.Submodules
        && (await SubmoduleFile.ReadAsync(store, locked.Tree, cancellationToken)).Count > 0;

    /// <summary>The pinned manifest stands beside the lock file as long as there is one.</summary>
    private bool LacksManifests(SourcePlan plan) =>
        plan.Pieces.Any(piece =>
            piece.Spec is RepoManifestSpec && !File.Exists(RepoManifestSource.PinnedFile(request.LockFile, piece.Path)));

    /// <summary>One source, and what it has of submodules or projects.</summary>
    private async Task<IReadOnlyList<(string Path, LockedSource Source)>> FetchAsync(
        SourcePlan plan, SourcePiece piece, CancellationToken cancellationToken)
    {
        var (path, item, spec, _) = piece;
        var context = ContextOf(piece, isAlone: plan.Pieces.Count == 1);
        var known = context.Locked;
        if (spec is ArchiveSpec)
        {
            await SourceSignature.RequireAsync(piece, null, context, cancellationToken);
        }

        var index = Path.Combine(request.Folders.Work, path == SourcePlan.Root ? "source.index" : $"source.{Sha256Digest.Of(path)}.index");
        IReadOnlyList<(string Path, LockedSource Source)> pieces = spec is not RepoManifestSpec manifest ? []
            : await new RepoManifestSource(manifest, context, path, plan.Pieces.Select(one => one.Path).ToHashSet(StringComparer.Ordinal))
                .FetchAsync(request.Folders.Work, cancellationToken);
        var source = spec switch
        {
            RepoManifestSpec => pieces[0].Source,
            DebianSpec debian => await DebianSource.FetchAsync(debian, context, cancellationToken),
            GitSpec git => await GitSource.FetchAsync(git, context, cancellationToken),
            ArchiveSpec archive => await ArchiveSource.FetchAsync(archive, context, cancellationToken),
            LocalTreeSpec local => await LocalTreeSource.FetchAsync(local, context, index, cancellationToken),
            _ => throw new InvalidOperationException($"no way to fetch {spec}"),
        };
        if (known is not null && known.Sha256 == source.Sha256 && known.Version == source.Version && known.Tree != source.Tree)
        {
            throw OtherTree(spec, source.Tree, known.Tree);
        }

        if (spec is GitSpec)
        {
            await SourceSignature.RequireAsync(piece, source.Commit, context, cancellationToken);
        }

        if (options.UpdateLock && SourcePlan.Locked(lockFile, path, spec) is { } before && before.Commit != source.Commit)
        {
            log.Status($"{spec.Text}: was {before.Version} {before.Commit}, is now {source.Version} {source.Commit}");
            if (spec is GitSpec { Ref: { } name } moved)
            {
                var history = new RefHistory(context, [moved.Address, .. context.Mirrors]);
                await ReportMoveAsync(history, name, before.Commit, source.Commit, cancellationToken);
            }
        }

        if (pieces.Count > 0)
        {
            return pieces;
        }

        var prefix = path == SourcePlan.Root ? "" : path + "/";
        return spec is GitSpec repository && item.Submodules
            ? [(path, source), .. await new Submodules(context).BringAsync(repository.Address, source.Tree, prefix, cancellationToken)]
            : [(path, source)];
    }

    /// <summary>KB1029 for one that was pushed by force: what was reviewed is not under what is built now.</summary>
    private async Task ReportMoveAsync(
        RefHistory history, string name, GitObjectId before, GitObjectId now, CancellationToken cancellationToken)
    {
        var move = await history.AskAsync(before, now, cancellationToken);
        if (move.IsForced != true)
        {
            log.Status($"{name}: {move.Text}");
            return;
        }

        log.Report(Diagnostic.Warning(
            DiagnosticCodes.RefForced, $"{name} was pushed by force: {before}, which was locked, is not in the history of {now}",
            "ask its owner why, or look at both: git diff; to stay with the former, take the lock file back and pin the commit in the project") with
        { File = request.LockFile });
    }

    private FetchContext ContextOf(SourcePiece piece, bool isAlone)
    {
        var workTree = new WorkTree(request.Folders, store, log);
        var known = options.UpdateLock ? null : SourcePlan.Locked(lockFile, piece.Path, piece.Spec);
        return new FetchContext(cache, store, log, Network ?? NetworkSettings.OfThisProcess(), isAlone && !workTree.Exists ? workTree : null)
        {
            Locked = known,
            Parts = known is null && !options.UpdateLock ? new Dictionary<string, LockedSource>(StringComparer.Ordinal) : lockFile.Parts,
            Strict = options.Locked,
            Offline = options.Offline,
            Refresh = options.UpdateLock,
            Mirrors = piece.Mirrors,
            LockFile = request.LockFile,
        };
    }

    /// <summary>The kernel's commit when it is all there is; else a commit on top of it that has the parts in their folders.</summary>
    private async Task<LockedSource> ComposeAsync(
        SourcePlan plan, List<(string Path, LockedSource Source)> pieces, CancellationToken cancellationToken)
    {
        var kernel = pieces[0].Source;
        if (pieces.Count == 1)
        {
            return kernel;
        }

        // a part of the project's stands where a submodule would
        var items = plan.Pieces.Select(piece => piece.Path).ToHashSet(StringComparer.Ordinal);
        var parts = pieces.Skip(1)
            .Where(piece => !piece.Source.IsOfManifest && (piece.Source.Version != Submodules.Version || !items.Contains(piece.Path)))
            .OrderBy(piece => piece.Path, StringComparer.Ordinal)
            .ToArray();
        if (parts.Length == 0)
        {
            return kernel;
        }

        log.Status($"composing the source of {parts.Length + 1} trees");
        var tree = await TreeGraft.RunAsync(
            store, kernel.Tree, parts.Select(part => (part.Path, part.Source.Tree)), request.Folders.Work, cancellationToken);
        var message = "compose the source\n\n" + string.Concat(parts.Select(part => $"{part.Path}: {part.Source.Commit}\n"));
        var commit = await store.CommitAsync(tree, kernel.Commit, CommitAuthor.Importer, message, cancellationToken);
        await store.KeepAsync(commit, cancellationToken);
        return kernel with { Commit = commit, Tree = tree };
    }

    /// <summary>--locked: every source that can be locked is.</summary>
    private void RequireLocked(SourcePlan plan)
    {
        if (!options.Locked)
        {
            return;
        }

        foreach (var (path, _, spec, _) in plan.Pieces)
        {
            if (spec is not LocalTreeSpec && SourcePlan.Locked(lockFile, path, spec) is null)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.LockMissing, $"the lock file does not name '{spec.Text}'",
                    "build once without --locked and commit the lock file") with
                { File = request.LockFile });
            }
        }
    }

    private void RequireAsLocked(
        SourcePlan plan, List<(string Path, LockedSource Source)> pieces, LockedSource composed, LockedSource? locked)
    {
        if (locked is null || pieces.Count == 1 || locked.Tree == composed.Tree)
        {
            return;
        }

        if (lockFile.Parts.Count == 0)
        {
            // of a version that left the folders of submodules empty
            if (options.Locked)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.LockMissing, $"the lock file does not name the submodules of '{plan.Kernel.Text}'",
                    "build once without --locked and commit the lock file") with
                { File = request.LockFile });
            }

            log.Status("the lock file was written without submodules; it names them now");
        }
        else if (plan.Pieces.All(piece => SourcePlan.Locked(lockFile, piece.Path, piece.Spec)?.Tree
                == pieces.Find(one => one.Path == piece.Path).Source.Tree))
        {
            throw OtherTree(plan.Kernel, composed.Tree, locked.Tree);
        }
    }

    private void Keep(SourcePlan plan, List<(string Path, LockedSource Source)> pieces, LockedSource composed)
    {
        var lockable = pieces.FindAll(piece => plan.Pieces.All(one => one.Path != piece.Path || one.Spec is not LocalTreeSpec));
        lockFile.Source = plan.Kernel is LocalTreeSpec ? null : composed;
        lockFile.Parts.Clear();
        if (pieces.Count > 1)
        {
            foreach (var (path, source) in lockable)
            {
                lockFile.Parts[path] = source;
            }
        }

        if (lockFile.Source is not null || lockFile.Parts.Count > 0)
        {
            lockFile.Save();
        }
    }

    /// <summary>Older versions wrote the URL as it stood in the project, with a password or token in it.</summary>
    private void RemoveLoginsFromLock()
    {
        if (!lockFile.RemoveLogins())
        {
            return;
        }

        if (!options.Locked)
        {
            lockFile.Save();
        }

        log.Report(Diagnostic.Warning(
            DiagnosticCodes.LoginInLock,
            "the lock file has a user or token of a URL in it" + (options.Locked ? "" : "; they were taken out"),
            "revoke the token: it may stand in the history of your repository; then commit the lock file") with
        { File = request.LockFile });
    }

    private DiagnosticException OtherTree(KernelSourceSpec spec, GitObjectId found, GitObjectId named) => new(Diagnostic.Error(
        DiagnosticCodes.DigestMismatch,
        $"'{spec.Text}' is the tree {found}; the lock file names {named}",
        "the lock file was edited or belongs to another source; restore it from version control") with
    { File = request.LockFile });
}
