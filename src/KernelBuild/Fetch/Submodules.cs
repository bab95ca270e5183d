using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch;

/// <summary>Submodules of a commit, and theirs: which commit each is says the tree, so that a lock of the commit locks them, too.</summary>
internal sealed class Submodules(FetchContext context)
{
    /// <summary>Version of a locked source that stands for a submodule: the tree names it, not the project.</summary>
    public const string Version = "submodule";

    private const int DeepestNesting = 16;

    private readonly List<(string Path, LockedSource Source)> _found = [];

    /// <returns>Each with its folder, the outer before the inner.</returns>
    /// <param name="address">Of the repository that the tree is of.</param>
    /// <param name="prefix">The folder of the tree in the composed one, with '/' behind it; or empty.</param>
    public async Task<IReadOnlyList<(string Path, LockedSource Source)>> BringAsync(
        SourceAddress address, GitObjectId tree, string prefix, CancellationToken cancellationToken)
    {
        await BringAsync(address, tree, prefix, depth: 0, cancellationToken);
        return _found;
    }

    private async Task BringAsync(SourceAddress address, GitObjectId tree, string prefix, int depth, CancellationToken cancellationToken)
    {
        var contents = await TreeContents.OfAsync(context.Store, tree, cancellationToken);
        if (contents.Repositories.Count == 0)
        {
            return;
        }

        if (depth == DeepestNesting)
        {
            throw Failed(prefix, $"submodules are nested more than {DeepestNesting} deep", []);
        }

        var urls = await SubmoduleFile.ReadAsync(context.Store, tree, cancellationToken);
        foreach (var (path, commit) in contents.Repositories)
        {
            if (!urls.TryGetValue(path, out var url))
            {
                context.Log.Report(Diagnostic.Warning(
                    DiagnosticCodes.SubmoduleUnknown,
                    $"'{prefix}{path}' is the commit {commit} of another repository, and .gitmodules does not say which; the folder stays empty",
                    $"put it there with <KernelSource Include=\"git:URL#{commit}\" Path=\"{prefix}{path}\" />"));
                continue;
            }

            var inner = Address(url, address, prefix + path);
            try
            {
                // a tree from a server may not make us read folders of this machine; one of this machine may
                var commits = new GitCommits(context, [inner], isNamedByTree: !address.Url.StartsWith("file:", StringComparison.Ordinal));
                var (found, innerTree) = await commits.BringAsync(commit, null, cancellationToken);
                _found.Add((prefix + path, new LockedSource($"git:{inner.Display}#{commit}", Version, null, found, innerTree)));
                await BringAsync(inner, innerTree, prefix + path + "/", depth + 1, cancellationToken);
            }
            catch (DiagnosticException e) when (e.Diagnostics[0].Code is DiagnosticCodes.GitFetchFailed or DiagnosticCodes.SourceNotFound)
            {
                throw Failed(prefix + path, e.Diagnostics[0].Message, e.Diagnostics[0].Details);
            }
        }
    }

    private static SourceAddress Address(string url, SourceAddress parent, string path)
    {
        try
        {
            var resolved = SubmoduleFile.Resolve(url, parent.Url);
            return resolved.Contains("::", StringComparison.Ordinal) || resolved.StartsWith('-')
                ? throw new FormatException($"'{SourceAddress.Redacted(url)}' is no address of a repository")
                : SourceAddress.Parse(resolved).WithLoginOf(parent);
        }
        catch (FormatException e)
        {
            throw Failed(path, e.Message, []);
        }
    }

    private static DiagnosticException Failed(string path, string why, IReadOnlyList<string> details) => new(Diagnostic.Error(
        DiagnosticCodes.GitFetchFailed,
        $"the submodule '{path.TrimEnd('/')}': {why}",
        $"when the kernel does not need it: Submodules=\"false\" on the KernelSource item; when you have it elsewhere: "
            + $"<KernelSource Include=\"…\" Path=\"{path.TrimEnd('/')}\" />") with
    { Details = details });
}
