using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch.Manifests;

/// <summary>
/// repo:URL#MANIFEST@COMMIT-OR-REF: the tree that Android's repo tool would check out, as one commit. What moves, the manifest and its
/// projects, is resolved once; from then on the lock names the commits.
/// </summary>
/// <param name="path">The folder of the whole in the composed tree; <see cref="SourcePlan.Root"/> for the kernel's.</param>
/// <param name="replaced">Folders of the composed tree that other sources stand in: their projects are not fetched.</param>
internal sealed class RepoManifestSource(RepoManifestSpec spec, FetchContext context, string path, IReadOnlySet<string> replaced)
{
    /// <summary>Version of a locked source that stands for the manifest's own repository.</summary>
    public const string Version = "the manifest";

    // where repo itself has it
    private const string ManifestFolder = ".repo/manifests";

    private string Prefix => path == SourcePlan.Root ? "" : path + "/";

    /// <summary>Where the pinned manifest of a source stands: beside the lock file, to be committed with it.</summary>
    public static string PinnedFile(string lockFile, string path) =>
        lockFile[..^".lock.json".Length] + (path == SourcePlan.Root ? "" : "." + path.Replace('/', '-')) + ".manifest.xml";

    /// <returns>The whole, then what it is made of, each with its folder.</returns>
    /// <param name="room">A folder for an index.</param>
    public async Task<IReadOnlyList<(string Path, LockedSource Source)>> FetchAsync(string room, CancellationToken cancellationToken)
    {
        IReadOnlyList<SourceAddress> addresses = [spec.Address, .. context.Mirrors];
        var own = await FetchManifestAsync(addresses, cancellationToken);
        var files = new ManifestFiles(context.Store, own.Tree);
        var xml = new ManifestXml(spec.Address.Display, files.ReadAsync);
        var manifest = ManifestReader.Read(await xml.ReadAsync(spec.File, cancellationToken));
        var groups = ManifestGroups.Of(spec.Groups);
        groups.RequireKnown(manifest, spec.Text);
        Tell(manifest);
        var wanted = manifest.Projects.Where(project => groups.Take(project) && !replaced.Contains(Prefix + project.Folder)).ToArray();
        context.Log.Status($"the manifest {spec.File} of {spec.Address.Display} has {Counted.Of(manifest.Projects.Length, "project")}, "
            + $"{wanted.Length} of them wanted");
        var projects = await new ProjectFetch(context, addresses, KeyOf).RunAsync(manifest, wanted, cancellationToken);
        var tree = await ComposeAsync(wanted, projects, room, cancellationToken);
        var message = "sources of a manifest\n\n" + string.Concat(projects.Select(one => $"{one.Folder}: {one.Source.Commit}\n"));
        var commit = await context.Store.CommitAsync(tree, own.Commit, CommitAuthor.Importer, message, cancellationToken);
        await context.Store.KeepAsync(commit, cancellationToken);
        AtomicFile.Write(PinnedFile(context.LockFile, path), PinnedManifest.Of(manifest, projects.Where(one => one.Project is not null)
            .ToDictionary(one => one.Project!.Path, one => one.Source.Commit.ToString(), StringComparer.Ordinal)));
        return
        [
            (path, new LockedSource(spec.Text, own.Version, null, commit, tree)),
            (Prefix + ManifestFolder, own with { Version = Version }),
            .. projects.Select(one => (KeyOf(one.Folder), one.Source)),
        ];
    }

    /// <summary>A project at the top must not be taken for the whole.</summary>
    private string KeyOf(string folder) => folder.Length == 0 ? Prefix + "./" : Prefix + folder;

    private async Task<LockedSource> FetchManifestAsync(IReadOnlyList<SourceAddress> addresses, CancellationToken cancellationToken)
    {
        var text = $"git:{spec.Address.Display}#{spec.Ref ?? spec.Commit.ToString()}";
        var before = context.Parts.GetValueOrDefault(Prefix + ManifestFolder);
        var locked = !context.Refresh && before?.Spec == text ? before : null;
        if (locked is null && spec.Commit is null && context.Strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing, $"the lock file does not say which commit the manifest of '{spec.Text}' is",
                "build once without --locked and commit the lock file") with
            { File = context.LockFile });
        }

        var commits = new GitCommits(context with { Locked = locked, WorkTree = null }, addresses, isNamedByTree: false);
        var id = locked?.Commit ?? spec.Commit ?? await commits.ResolveAsync(spec.Ref!, cancellationToken);
        var (commit, tree) = await commits.BringAsync(id, spec.Ref, cancellationToken);
        return new LockedSource(text, spec.Ref ?? id.ToString(), null, commit, tree);
    }

    private async Task<GitObjectId> ComposeAsync(
        ManifestProject[] wanted, IReadOnlyList<FetchedProject> projects, string room, CancellationToken cancellationToken)
    {
        context.Log.Status($"composing the source of {Counted.Of(projects.Count, "tree")}");
        using var composed = new ProjectTree(context.Store, room);
        var places = wanted.ToDictionary(project => project.Folder, project => project.Place, StringComparer.Ordinal);
        foreach (var one in projects)
        {
            // a submodule stands where its project does
            places.TryAdd(one.Folder, wanted[0].Place);
        }

        var tree = await composed.WriteAsync([.. projects.Select(one => (one.Folder, one.Source.Tree))], places, cancellationToken);
        var files = await new ManifestLinks(context.Store, tree, context.Log).MakeAsync(
            [.. wanted.OrderBy(project => project.Path, StringComparer.Ordinal)], cancellationToken);
        return files.Count == 0 ? tree : await composed.AddAsync(files, cancellationToken);
    }

    private void Tell(RepoManifest manifest)
    {
        foreach (var line in manifest.Notice?.Split('\n') ?? [])
        {
            context.Log.Status("notice of the manifest: " + line);
        }

        if (manifest.Superproject is { } superproject)
        {
            context.Log.Status(
                $"the superproject {superproject.Name} of the manifest is not asked: each repository says what its branch is");
        }
    }
}
