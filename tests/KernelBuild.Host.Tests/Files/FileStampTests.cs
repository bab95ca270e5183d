using KernelBuild.Host.Files;

namespace KernelBuild.Host.Tests.Files;

public sealed class FileStampTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public void An_edit_that_keeps_size_and_time_changes_the_stamp()
    {
        var file = _folder.Write("file", "one");
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, time);
        var before = FileStamp.Of(file)!.Value;
        Thread.Sleep(20);
        File.WriteAllText(file, "two");
        File.SetLastWriteTimeUtc(file, time);
        var after = FileStamp.Of(file)!.Value;
        after.Size.ShouldBe(before.Size);
        after.ModifyTime.ShouldBe(before.ModifyTime);
        after.ChangeTime.ShouldBeGreaterThan(before.ChangeTime);
        after.ShouldNotBe(before);
    }

    [Fact]
    public void It_says_what_stat_says()
    {
        var file = _folder.Write("file", "content");
        var stamp = FileStamp.Of(file)!.Value;
        Oracle.Text(_folder.Path, "stat", "-c", "%i %s %f", file).ShouldBe($"{stamp.Inode} {stamp.Size} {stamp.Mode:x}");
        (stamp.ModifyTime / 1_000_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBe(Oracle.Text(_folder.Path, "stat", "-c", "%Y", file));
    }

    [Fact]
    public void Links_are_followed_only_when_asked_for()
    {
        _folder.Write("file", "content");
        File.CreateSymbolicLink(_folder["link"], "file");
        var link = FileStamp.Of(_folder["link"])!.Value;
        Oracle.Text(_folder.Path, "stat", "-c", "%i %f", "link").ShouldBe($"{link.Inode} {link.Mode:x}");
        FileStamp.Of(_folder["link"], followLinks: true).ShouldBe(FileStamp.Of(_folder["file"]));
        FileStamp.Of(_folder["nothing"]).ShouldBeNull();
    }

    public void Dispose() => _folder.Dispose();
}
