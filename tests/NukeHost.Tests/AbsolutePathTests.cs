using Nuke.Common.IO;

namespace NukeHost.Tests;

public sealed class AbsolutePathTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nukehost-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Parts_are_joined_and_normalised()
    {
        AbsolutePath root = "/repo//tree/./";
        (root / "out" / "boot.img").ToString().ShouldBe("/repo/tree/out/boot.img");
        (root / ".." / "other").ToString().ShouldBe("/repo/other");
        (root / "boot.img" + ".sha256").Name.ShouldBe("boot.img.sha256");
        (root / "a.tar.gz").NameWithoutExtension.ShouldBe("a.tar");
        (root / "a.tar.gz").Extension.ShouldBe(".gz");
        root.Parent.ShouldBe(AbsolutePath.Create("/repo"));
        AbsolutePath.Create("/").Parent.ShouldBeNull();
        (AbsolutePath.Create("/a/b/") == "/a/b").ShouldBeTrue();
    }

    [Fact]
    public void A_relative_path_is_refused() => Should.Throw<InvalidOperationException>(() => AbsolutePath.Create("out/boot.img"));

    [Fact]
    public void A_rooted_path_is_not_below_another() => Should.Throw<InvalidOperationException>(() => AbsolutePath.Create("/repo") / "/etc");

    [Fact]
    public void Files_and_directories_come_and_go()
    {
        AbsolutePath outDirectory = Path.Combine(_directory.FullName, "out");
        var listFile = outDirectory / "below" / "list";
        listFile.WriteAllText("a\nb");
        listFile.Exists().ShouldBeTrue();
        File.ReadAllText(listFile).ShouldBe("a\nb\n");
        outDirectory.CreateOrCleanDirectory();
        outDirectory.Exists().ShouldBeTrue();
        listFile.FileExists().ShouldBeFalse();
        outDirectory.DeleteDirectory();
        outDirectory.DeleteDirectory();
        outDirectory.DirectoryExists().ShouldBeFalse();
        Should.Throw<ArgumentException>(() => outDirectory.Parent!.Exists());
    }

    [Fact]
    public void A_link_to_a_directory_is_deleted_without_what_it_points_to()
    {
        AbsolutePath directory = _directory.FullName;
        (directory / "kept" / "file").WriteAllText("kept");
        (directory / "gone").CreateDirectory();
        Directory.CreateSymbolicLink(directory / "gone" / "link", directory / "kept");
        (directory / "gone").DeleteDirectory();
        (directory / "kept" / "file").FileExists().ShouldBeTrue();
    }
}
