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
        root.Parent.ShouldBe<AbsolutePath>("/repo");
        AbsolutePath top = "/";
        top.Parent.ShouldBeNull();
        (top / "a").ToString().ShouldBe("/a");
        AbsolutePath path = "/a/b/";
        (path == "/a/b").ShouldBeTrue();
    }

    [Fact]
    public void A_relative_path_is_refused() => Should.Throw<InvalidOperationException>(() => (AbsolutePath)"out/boot.img");

    [Fact]
    public void A_rooted_path_is_not_below_another() => Should.Throw<InvalidOperationException>(() => (AbsolutePath)"/repo" / "/etc");

    [Fact]
    public void Directories_are_created_emptied_and_deleted()
    {
        AbsolutePath output = Path.Combine(_directory.FullName, "out");
        Directory.CreateDirectory(output / "below");
        File.WriteAllText(output / "below" / "list", "a\nb");
        output.CreateOrCleanDirectory().ShouldBe(output);
        Directory.Exists(output).ShouldBeTrue();
        Directory.EnumerateFileSystemEntries(output).ShouldBeEmpty();
        output.DeleteDirectory();
        output.DeleteDirectory();
        Directory.Exists(output).ShouldBeFalse();
        output.CreateOrCleanDirectory();
        Directory.Exists(output).ShouldBeTrue();
    }

    [Fact]
    public void A_link_to_a_directory_is_deleted_without_what_it_points_to()
    {
        AbsolutePath directory = _directory.FullName;
        Directory.CreateDirectory(directory / "kept");
        File.WriteAllText(directory / "kept" / "file", "kept");
        Directory.CreateDirectory(directory / "gone");
        Directory.CreateSymbolicLink(directory / "gone" / "link", directory / "kept");
        (directory / "gone").DeleteDirectory();
        File.Exists(directory / "kept" / "file").ShouldBeTrue();
    }
}
