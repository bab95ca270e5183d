using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Manifests;
using KernelBuild.Fetch.Signatures;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Toolchains;

namespace KernelBuild.Fetch;

/// <summary>What a device is built from: what is pinned, where it came from, how old it is, who vouches for it, and whether it has moved.</summary>
public sealed class SourceReport(
    SourceRequest request, LockFile lockFile, BuildOptions options, CacheFolder cache, GitStore store, NetworkSettings network, IBuildLog log)
{
    /// <summary>Reads the lock file and the store; asks servers for refs and package versions unless --offline.</summary>
    /// <exception cref="DiagnosticException">KB1010 with --locked, for a source that the lock file does not name.</exception>
    public async Task<IReadOnlyList<SourceRow>> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var plan = SourcePlan.Of(request);
        var rows = new List<SourceRow>();
        foreach (var piece in plan.Pieces)
        {
            rows.Add(await ReadAsync(piece, now, cancellationToken));
        }

        var parts = lockFile.Parts.Where(part => part.Value.IsNamedBySource).ToArray();
        var ofParts = new SourceRow[parts.Length];
        await Parallel.ForAsync(
            0,
            parts.Length,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (i, token) => ofParts[i] = await ReadAsync(parts[i].Key, parts[i].Value, plan, now, token));
        return [.. rows, .. ofParts];
    }

    /// <summary>What a source names itself: a submodule, a manifest, a project of one.</summary>
    private async Task<SourceRow> ReadAsync(
        string path, LockedSource part, SourcePlan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var revision = part.Spec[(part.Spec.LastIndexOf('#') + 1)..];
        var lines = new List<(string, string)>
        {
            ("pinned", !part.IsOfManifest ? $"{part.Commit}, by the commit that it is a submodule of"
                : revision == part.Commit.ToString() ? $"{part.Commit}, by the manifest"
                : $"{revision} = {part.Commit}, by {Path.GetFileName(request.LockFile)}"),
        };
        lines.AddRange(await OfCommitAsync(part, now, cancellationToken));
        if (!part.IsOfManifest || options.Offline || revision == part.Commit.ToString())
        {
            return new SourceRow(path, part.Spec, lines, null);
        }

        // a login that the project gives for the manifest's server, and git's guard unless the manifest is of this machine
        var addresses = plan.Pieces.Select(piece => piece.Spec).OfType<RepoManifestSpec>().Select(one => one.Address).ToArray();
        var address = addresses.Aggregate(
            SourceAddress.Parse(part.Spec["git:".Length..^(revision.Length + 1)]), (one, other) => one.WithLoginOf(other));
        var (text, hasMoved) = await AskAsync(
            async context => Compare(
                part.Commit.ToString(),
                (await new GitCommits(context, [address], !addresses.Any(one => one.Url.StartsWith("file:", StringComparison.Ordinal)))
                    .ResolveAsync(revision, cancellationToken)).ToString(),
                revision));
        return new SourceRow(path, part.Spec, [.. lines, ("now", text)], hasMoved);
    }

    private async Task<SourceRow> ReadAsync(SourcePiece piece, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (path, _, spec, mirrors) = piece;
        if (spec is LocalTreeSpec local)
        {
            return new SourceRow(
                path, spec.Text, [("pinned", $"no: {local.Folder} is taken as it is at each build"), ("vouched for by", "nobody")], null);
        }

        var locked = SourcePlan.Locked(lockFile, path, spec);
        var lines = new List<(string Label, string Text)>();
        if (locked is null && options.Locked)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"the lock file does not name '{spec.Text}'", "build once without --locked and commit the lock file") with
            { File = request.LockFile });
        }

        if (locked is null)
        {
            lines.Add(("pinned", spec is GitSpec { Commit: { } id } ? $"{id}, by the project; not fetched yet" : "no: nothing was built yet"));
        }
        else
        {
            lines.Add(("pinned", Pinned(spec, locked)));
            // a manifest's projects have ages of their own
            lines.AddRange(spec is RepoManifestSpec ? [] : await OfCommitAsync(locked, now, cancellationToken));
            lines.Add(("vouched for by", VouchedFor(piece, locked)));
        }

        if (mirrors.Count > 0)
        {
            lines.Add(("mirrors", string.Join(", ", mirrors)));
        }

        var (text, hasMoved) = await NowAsync(piece, locked, cancellationToken);
        if (text is not null)
        {
            lines.Add(("now", text));
        }

        return new SourceRow(path, spec.Text, lines, hasMoved);
    }

    private string Pinned(KernelSourceSpec spec, LockedSource locked) => spec switch
    {
        GitSpec { Commit: not null } => $"{locked.Commit}, by the project",
        GitSpec git => $"{git.Ref} = {locked.Commit}, by {Path.GetFileName(request.LockFile)}",
        RepoManifestSpec => $"{Counted.Of(lockFile.Parts.Values.Count(part => part.Version == ProjectFetch.Version), "project")} "
            + $"of the manifest, by {Path.GetFileName(request.LockFile)}",
        ArchiveSpec => $"SHA-256 {locked.Sha256}, by the project",
        _ => $"{locked.Version}, SHA-256 {locked.Sha256}, by {Path.GetFileName(request.LockFile)}",
    };

    /// <summary>A source's date is that of its commit; archives and packages are imported without one.</summary>
    private async Task<IReadOnlyList<(string, string)>> OfCommitAsync(LockedSource locked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await store.FindTreeAsync(locked.Commit, cancellationToken) is null)
        {
            return [("in the store", "no: the next build fetches it")];
        }

        var lines = new List<(string, string)>();
        var result = await (store.Git("cat-file", "blob", locked.Tree + ":Makefile") with { AnswerCodes = [128] }).RunAsync(cancellationToken);
        if (result.ExitCode == 0 && SourceVersion.TextOf(result.Output) is { } version)
        {
            lines.Add(("kernel", version));
        }

        if (locked.Sha256 is not null)
        {
            lines.Add(("age", "unknown: packages and archives state no date of the source; the version says it"));
        }
        else
        {
            var stamp = long.Parse(await store.Git("show", "-s", "--format=%ct", locked.Commit.ToString()).ReadAsync(cancellationToken), CultureInfo.InvariantCulture);
            var date = DateTimeOffset.FromUnixTimeSeconds(stamp);
            lines.Add(("age", string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd}, {Counted.Of((int)(now - date).TotalDays, "day")} ago (the commit's date)")));
        }

        return lines;
    }

    private string VouchedFor(SourcePiece piece, LockedSource locked) => piece.Spec switch
    {
        _ when SourceSignature.Known(piece, locked.Commit, cache) is { } verdict => verdict.ToString(),
        _ when piece.SigningKeys.Count > 0 => "a signature, which the next build checks",
        DebianSpec => "the archive's signature, checked by apt; its index names the SHA-256",
        ArchiveSpec => "the SHA-256 in the project; no signature is asked for",
        _ => "the commit's id (SHA-1), checked by git; no signature is asked for",
    };

    private async Task<(string? Text, bool? HasMoved)> NowAsync(SourcePiece piece, LockedSource? locked, CancellationToken cancellationToken)
    {
        if (options.Offline || locked is null)
        {
            return (null, null);
        }

        return piece.Spec switch
        {
            GitSpec { Ref: { } name } git => await AskAsync(async context =>
            {
                SourceAddress[] addresses = [git.Address, .. piece.Mirrors];
                var current = await new GitCommits(context, addresses, isNamedByTree: false).ResolveAsync(name, cancellationToken);
                return current == locked.Commit
                    ? ("the same", false)
                    : ($"{name} is {current}, {(await new RefHistory(context, addresses).AskAsync(locked.Commit, current, cancellationToken)).Text}; "
                        + "--update-lock takes it", true);
            }),
            DebianSpec { Version: null } debian => await AskAsync(async _ => Compare(
                locked.Version,
                await CandidateAsync(debian, cancellationToken),
                debian.Package)),
            _ => (null, null),
        };
    }

    private async Task<(string Text, bool? HasMoved)> AskAsync(Func<FetchContext, Task<(string Text, bool? HasMoved)>> ask)
    {
        try
        {
            return await ask(new FetchContext(cache, store, log, network, null));
        }
        catch (DiagnosticException e)
        {
            return ($"unknown: {e.Diagnostics[0].Message}", null);
        }
    }

    private async Task<string> CandidateAsync(DebianSpec debian, CancellationToken cancellationToken)
    {
        // what was heard at the last build is no answer to "what is it now"
        var archive = new DebianArchive(cache, log, debian.Suite) { Refresh = true };
        return (await archive.CandidateAsync(debian.Package, null, cancellationToken))?.Version ?? "gone from the archive";
    }

    private static (string Text, bool? HasMoved) Compare(string locked, string current, string name) =>
        locked == current ? ("the same", false) : ($"{name} is {current}; --update-lock takes it", true);
}
