using KernelBuild.Diagnostics;
using KernelBuild.Git.Repositories;

namespace KernelBuild.Git.Tests;

public sealed class Stores : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_that_holds_something_else_is_KB1013_and_stays_as_it_is()
    {
        _folder.Write("store/photo.jpg", "not git's");
        var finding = await Findings.OfAsync(
            DiagnosticCodes.StoreDamaged, () => GitStore.OpenAsync(_folder["store"], CancellationToken.None));
        finding.Message.ShouldContain(_folder["store"]);
        finding.Fix.ShouldContain("KERNELBUILD_CACHE");
        Directory.EnumerateFileSystemEntries(_folder["store"]).ShouldBe([_folder["store/photo.jpg"]]);
    }

    [FactWith("git")]
    public async Task A_store_is_made_once_and_is_a_repository_to_git()
    {
        await GitStore.OpenAsync(_folder["store"], CancellationToken.None);
        Oracle.Git(_folder["store"], "rev-parse", "--is-bare-repository").ShouldBe("true");
        _folder.Write("store/description", "kept");
        await GitStore.OpenAsync(_folder["store"], CancellationToken.None);
        File.ReadAllText(_folder["store/description"]).ShouldBe("kept");
    }
}
