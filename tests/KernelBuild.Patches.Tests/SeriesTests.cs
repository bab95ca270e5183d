using KernelBuild.Diagnostics;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Tests;

public sealed class SeriesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private PatchSeries Load(string series)
    {
        _folder.Write("patches/demo/series", series);
        return PatchSeries.Load(_folder["patches/demo"]);
    }

    [Fact]
    public void A_series_names_its_patches_in_order_with_comments_and_options()
    {
        _folder.Write("patches/demo/0001-one.patch", "x");
        _folder.Write("patches/demo/sub/0002-two.patch", "x");
        var series = Load("# why\n\n0001-one.patch # the first\n\tsub/0002-two.patch -p0\r\n");
        series.Name.ShouldBe("demo");
        series.Patches.ShouldBe(
        [
            new PatchFile("0001-one.patch", _folder["patches/demo/0001-one.patch"]),
            new PatchFile("sub/0002-two.patch", _folder["patches/demo/sub/0002-two.patch"], 0),
        ]);
    }

    [Fact]
    public void A_slash_at_the_end_of_the_folder_changes_nothing()
    {
        _folder.Write("patches/demo/0001-one.patch", "x");
        var series = Load("0001-one.patch\n");
        PatchSeries.Load(_folder["patches/demo"] + "/").Patches.ShouldBe(series.Patches);
    }

    [Fact]
    public void A_series_that_is_not_there_is_KB2001_with_its_neighbours()
    {
        _folder.Write("patches/acs/series", "");
        _folder.Write("patches/smmu/series", "");
        _folder.Folder("patches/no-series-in-it");
        foreach (var name in (string[])["patches/asc", "patches/asc/"])
        {
            var finding = Findings.Of("KB2001", () => PatchSeries.Load(_folder[name]));
            finding.Message.ShouldContain("'asc'");
            finding.Fix.ShouldContain("acs, smmu");
        }
    }

    [Fact]
    public void A_patch_that_is_not_there_is_KB2002_with_its_line()
    {
        var finding = Findings.Of("KB2002", () => Load("# one\n0001-one.patch\n"));
        finding.File.ShouldBe(_folder["patches/demo/series"]);
        finding.Line.ShouldBe(2);
    }

    [Theory]
    [InlineData("0001-one.patch --reverse")]
    [InlineData("0001-one.patch --fuzz=3")]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    public void A_line_that_means_nothing_here_is_KB2003(string line)
    {
        _folder.Write("patches/demo/0001-one.patch", "x");
        Findings.Of("KB2003", () => Load(line + "\n")).Line.ShouldBe(1);
    }

    public void Dispose() => _folder.Dispose();
}
