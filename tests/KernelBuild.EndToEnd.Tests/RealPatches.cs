using KernelBuild.Git.Objects;
using KernelBuild.Host.Processes;
using KernelBuild.Patches.Series;
using KernelBuild.Testing.EndToEnd.Patches;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Two kernels and their difference, made once for all tests.</summary>
public sealed class RealPatches : IAsyncLifetime
{
    internal KernelPair Pair { get; private set; } = null!;

    internal IReadOnlyList<(string Folder, byte[] Diff)> Cut { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Pair = await KernelPair.FetchAsync();
        Cut = await CutPatches.OfAsync(Pair);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>git am, on a sparse work tree of the old kernel.</summary>
    internal async Task<(GitObjectId Commit, GitObjectId Tree)> GitAmAsync(string tree, IReadOnlyList<PatchFile> patches)
    {
        Directory.CreateDirectory(tree);
        var index = tree + ".index";
        // a repository of its own on the store's objects: its refs and its HEAD are nobody else's
        var git = tree + ".git";
        await Pair.Store.Git("init", "-q", "--bare", git).RunAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(git, "objects", "info", "alternates"), Path.Combine(Pair.Store.Folder, "objects") + "\n");
        Command Git(params string[] arguments)
        {
            var command = Pair.Store.GitIn(tree, index, arguments);
            return command with
            {
                Arguments =
                [
                    .. command.Arguments.Select(argument =>
                        argument.StartsWith("--git-dir=", StringComparison.Ordinal) ? "--git-dir=" + git : argument),
                ],
            };
        }

        await Git("config", "core.bare", "false").RunAsync(CancellationToken.None);
        await Git("config", "core.sparseCheckout", "true").RunAsync(CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(git, "info", "sparse-checkout"), "/drivers/pci/\n/drivers/iommu/\n");
        await Git("update-ref", "HEAD", Pair.Old.ToString()).RunAsync(CancellationToken.None);
        await Git("read-tree", "-m", "-u", "HEAD").RunAsync(CancellationToken.None);
        await Git(["am", "-q", "--keep-cr", .. patches.Select(patch => patch.Path)]).RunAsync(CancellationToken.None);
        var commit = GitObjectId.Parse(await Git("rev-parse", "HEAD").ReadAsync(CancellationToken.None));
        // the store learns the commits, to compare them with its own
        await Pair.Store.Git("fetch", "-q", git, commit.ToString()).RunAsync(CancellationToken.None);
        return (commit, GitObjectId.Parse(await Git("rev-parse", "HEAD^{tree}").ReadAsync(CancellationToken.None)));
    }
}
