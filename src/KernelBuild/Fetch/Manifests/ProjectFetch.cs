using System.Collections.Concurrent;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Brings the commits of all projects into the store, some at a time.</summary>
/// <param name="addresses">Of the manifest's repository and its mirrors.</param>
/// <param name="keyOf">Under which a lock file names a folder.</param>
internal sealed class ProjectFetch(FetchContext context, IReadOnlyList<SourceAddress> addresses, Func<string, string> keyOf)
{
    /// <summary>Version of a locked source that stands for a project: the manifest names it, not the device.</summary>
    public const string Version = "project of the manifest";

    // as many as repo starts at most when nobody says how many
    private const int MostAtOnce = 8;

    // when so many servers fail, the next ones are not asked
    private const int MostFailures = 3;

    private readonly ConcurrentQueue<DiagnosticException> _failures = new();

    /// <summary>All of them, or an error; what was fetched before it stays in the store.</summary>
    /// <exception cref="DiagnosticException">KB1002, KB1007, KB1010, KB1019 with the project's name, KB1024.</exception>
    public async Task<IReadOnlyList<FetchedProject>> RunAsync(
        RepoManifest manifest, IReadOnlyList<ManifestProject> projects, CancellationToken cancellationToken)
    {
        var progress = new ManifestProgress(context.Log, projects.Count);
        var fetched = new IReadOnlyList<FetchedProject>[projects.Count];
        var atOnce = Math.Min(
            Math.Min(manifest.Default.SyncJobs ?? MostAtOnce, manifest.Default.SyncJobsAtMost ?? MostAtOnce), MostAtOnce);
        await Parallel.ForAsync(
            0,
            projects.Count,
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                if (_failures.Count >= MostFailures)
                {
                    return;
                }

                try
                {
                    fetched[i] = await FetchAsync(projects[i], progress, token);
                    progress.Done();
                }
                catch (DiagnosticException e)
                {
                    _failures.Enqueue(e);
                }
            });
        if (!_failures.IsEmpty)
        {
            throw new DiagnosticException([.. _failures.SelectMany(one => one.Diagnostics)]);
        }

        // a project of the manifest's stands where a submodule would
        var folders = projects.Select(project => project.Folder).ToHashSet(StringComparer.Ordinal);
        return [.. fetched.SelectMany(one => one)
            .Where(one => one.Project is not null || !folders.Contains(one.Folder))
            .OrderBy(one => one.Folder, StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<FetchedProject>> FetchAsync(
        ManifestProject project, ManifestProgress progress, CancellationToken cancellationToken)
    {
        var (own, isNamedByTree) = AddressesOf(project);
        var name = RefOf(project.Revision);
        GitObjectId? named = GitObjectId.TryParse(project.Revision, out var parsed) ? parsed : null;
        var spec = $"git:{own[0].Display}#{named?.ToString() ?? name}";
        var before = context.Parts.GetValueOrDefault(keyOf(project.Folder)) is { } entry && entry.Spec == spec ? entry : null;
        var locked = context.Refresh ? null : before;
        if (locked is null && named is null && context.Strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"the lock file does not say which commit '{spec}' is, the project in '{project.Path}'",
                "build once without --locked and commit the lock file") with
            { File = context.LockFile });
        }

        var inner = context with { Log = progress, Locked = locked, WorkTree = null };
        var commits = new GitCommits(inner, own, isNamedByTree);
        try
        {
            var id = locked?.Commit ?? named ?? await commits.ResolveAsync(name, cancellationToken);
            // for servers that give refs alone: where the commit may be found
            var near = named is null ? name : project.Upstream is { } upstream ? RefOf(upstream) : "HEAD";
            var (commit, tree) = await commits.BringAsync(id, near, cancellationToken);
            if (context.Refresh && before is not null && before.Commit != commit)
            {
                context.Log.Status($"{project.Path}: was {before.Commit}, is now {commit}");
            }

            var fetched = new FetchedProject(project.Folder, new LockedSource(spec, Version, null, commit, tree), project);
            if (!project.SyncSubmodules)
            {
                return [fetched];
            }

            var prefix = project.Folder.Length == 0 ? "" : project.Folder + "/";
            var submodules = await new Submodules(inner).BringAsync(own[0], tree, prefix, cancellationToken);
            return [fetched, .. submodules.Select(one => new FetchedProject(one.Path, one.Source with { Version = Version }, null))];
        }
        catch (DiagnosticException e)
        {
            throw new DiagnosticException([.. e.Diagnostics.Select(one => one with
            {
                Message = $"the project '{project.Name}' in '{project.Path}': {one.Message}",
            })]);
        }
    }

    /// <summary>
    /// Where a project may be had: on the manifest's server, and, when its remote is relative to it, on that of each mirror.
    /// </summary>
    private (IReadOnlyList<SourceAddress> Addresses, bool AreNamedByTree) AddressesOf(ManifestProject project)
    {
        var found = new List<SourceAddress>();
        var isNamedByTree = false;
        foreach (var at in addresses)
        {
            var url = FetchUrl.Resolve(project.Remote.Fetch, at.Url).TrimEnd('/') + "/" + project.Name;
            var address = Parse(project, url).WithLoginOf(at);
            // a manifest from a server may not make us read folders of this machine, or start programs; one of this machine may
            isNamedByTree |= !at.Url.StartsWith("file:", StringComparison.Ordinal) && !IsOfNetwork(address.Url);
            if (!found.Exists(one => one.Url == address.Url))
            {
                found.Add(address);
            }
        }

        return (found, isNamedByTree);
    }

    private static SourceAddress Parse(ManifestProject project, string url)
    {
        try
        {
            return url.Contains("::", StringComparison.Ordinal) || url.StartsWith('-') || url.AsSpan().ContainsAnyInRange('\0', ' ')
                ? throw new FormatException("it is no address of a repository")
                : SourceAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw project.Place.Fault($"'{url}', the address of the project '{project.Name}', cannot be used: {e.Message}");
        }
    }

    private static bool IsOfNetwork(string url) =>
        url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal)
        || url.StartsWith("git://", StringComparison.Ordinal) || url.StartsWith("ssh://", StringComparison.Ordinal);

    /// <summary>A name without refs/ is that of a branch (git_config.py, ToLocal).</summary>
    private static string RefOf(string revision) =>
        revision.StartsWith("refs/", StringComparison.Ordinal) ? revision : "refs/heads/" + revision;
}
