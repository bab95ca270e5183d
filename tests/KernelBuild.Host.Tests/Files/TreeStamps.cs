using KernelBuild.Host.Files;

namespace KernelBuild.Host.Tests.Files;

/// <summary>Whatever changes below a folder gives another stamp, and nothing else does.</summary>
public sealed class TreeStamps : IDisposable
{
    private readonly TestFolder _folder = new();

    public TreeStamps()
    {
        _folder.Write("tree/a.c", "one");
        _folder.Write("tree/drivers/pci/of.c", "two");
        _folder.Write("tree/drivers/ümlaut \u2028.c", "three");
        _folder.Write("tree/.git/index", "index");
        _folder.Write("tree/.git/objects/pack", "pack");
        Directory.CreateDirectory(_folder["tree/empty"]);
        File.CreateSymbolicLink(_folder["tree/link"], "nowhere");
    }

    private string Tree => _folder["tree"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tree_that_nobody_touches_keeps_its_stamp()
    {
        var first = TreeStamp.Of(Tree);
        TreeStamp.Of(Tree).ShouldBe(first);
        TreeStamp.Of(Tree + "/")!.Value.Stamp.Split(':')[0].ShouldBe(first!.Value.Stamp.Split(':')[0]);

        // the repository's objects are no part of the tree
        _folder.Write("tree/.git/objects/more", "more");
        TreeStamp.Of(Tree)!.Value.Stamp.ShouldBe(first.Value.Stamp);
    }

    [Theory]
    [InlineData("content")]
    [InlineData("added")]
    [InlineData("removed")]
    [InlineData("renamed")]
    [InlineData("mode")]
    [InlineData("link")]
    [InlineData("index")]
    [InlineData("moved")]
    [InlineData("time")]
    public void Every_change_gives_another_stamp(string change)
    {
        var before = TreeStamp.Of(Tree)!.Value;
        switch (change)
        {
            case "content":
                _folder.Write("tree/drivers/pci/of.c", "TWO");
                break;
            case "added":
                _folder.Write("tree/drivers/new.c", "");
                break;
            case "removed":
                Directory.Delete(_folder["tree/empty"]);
                break;
            case "renamed":
                File.Move(_folder["tree/a.c"], _folder["tree/b.c"]);
                break;
            case "mode":
                File.SetUnixFileMode(_folder["tree/a.c"], UnixFileMode.UserRead);
                break;
            case "link":
                File.Delete(_folder["tree/link"]);
                File.CreateSymbolicLink(_folder["tree/link"], "elsewhere");
                break;
            case "index":
                _folder.Write("tree/.git/index", "INDEX");
                break;
            case "moved":
                Directory.Move(_folder["tree/drivers/pci"], _folder["tree/pci"]);
                break;
            default:
                File.SetLastWriteTimeUtc(_folder["tree/a.c"], DateTime.UnixEpoch);
                break;
        }

        var after = TreeStamp.Of(Tree)!.Value;
        after.Stamp.ShouldNotBe(before.Stamp);
        after.LatestChange.ShouldBeGreaterThanOrEqualTo(before.LatestChange);
    }

    [Fact]
    public void What_is_no_folder_has_no_stamp()
    {
        TreeStamp.Of(_folder["none"]).ShouldBeNull();
        TreeStamp.Of(_folder["tree/a.c"]).ShouldBeNull();
    }
}
