using System.Text;
using KernelBuild.Git.Objects;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Engine;
using KernelBuild.Testing.EndToEnd.Patches;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The differences of two real kernels as patches: our engine beside git apply and git am.</summary>
[Collection(nameof(TheRealKernel))]
public sealed class TheRealPatches(RealPatches real) : IClassFixture<RealPatches>
{
    /// <summary>700 folders, three patches each: as it is, on files whose lines have moved, and damaged in one of fifteen ways.</summary>
    [Fact]
    public async Task Single_patches_get_the_verdict_of_git_apply_and_give_its_bytes()
    {
        using var comparison = new PatchComparison(real.Pair);
        await comparison.CompareAllAsync(real.Cut, 700, seed: 20);
        comparison.Differences.ShouldBeEmpty();
        (comparison.Taken + comparison.Refused).ShouldBeGreaterThanOrEqualTo(2000);
        comparison.Taken.ShouldBeGreaterThan(500);
        comparison.Refused.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task A_series_gives_the_tree_authors_dates_and_messages_of_git_am()
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-am-").FullName;
        try
        {
            // in the object store of the kernel, so that nothing is copied; the work tree holds the touched files alone
            var patches = CutPatches.WriteSeries(
                real.Cut.Where(cut =>
                    cut.Folder.StartsWith("drivers/pci", StringComparison.Ordinal)
                        || cut.Folder.StartsWith("drivers/iommu", StringComparison.Ordinal)),
                folder, 60);
            var report = await SeriesRun.ApplyAsync(real.Pair.Store, real.Pair.Old, patches, new SeriesOptions(), CancellationToken.None);
            report.Succeeded.ShouldBeTrue();
            var theirs = await real.GitAmAsync(Path.Combine(folder, "tree"), patches);
            report.Tree.ShouldBe(theirs.Tree);
            const string Format = "--format=%T%n%an%n%ae%n%ad%n%B";
            (await Log(report.Commit!.Value, Format)).ShouldBe(await Log(theirs.Commit, Format));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Task<string> Log(GitObjectId commit, string format) =>
        real.Pair.Store.Git("log", "--date=raw", format, $"{real.Pair.Old}..{commit}").ReadAsync(CancellationToken.None);
}
