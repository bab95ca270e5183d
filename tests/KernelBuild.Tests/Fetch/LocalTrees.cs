using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

public sealed class LocalTrees : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly string _linux;

    public LocalTrees()
    {
        _linux = _bench.Files.Folder("linux");
        _bench.Files.Write("linux/.gitignore", "*.o\n*.patch\n");
        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        _bench.Files.Write("linux/drivers/fix.patch", "tracked although ignored\n");
        Oracle.Git(_linux, "init", "-q");
        Oracle.Git(_linux, "add", "-A", "-f");
        Oracle.Git(_linux, "commit", "-q", "-m", "start");
    }

    private async Task<string> NamesAsync(string spec = "path:../../linux") =>
        _bench.Git("ls-tree", "-r", "--name-only", (await _bench.FetchAsync(spec)).Tree.ToString());

    [Fact]
    public async Task A_clean_tree_has_the_id_of_its_commit() =>
        (await _bench.FetchAsync("path:../../linux")).Tree.ToString().ShouldBe(Oracle.Git(_linux, "rev-parse", "HEAD^{tree}"));

    [Fact]
    public async Task Edits_are_taken_and_products_of_a_build_are_not()
    {
        _bench.Files.Write("linux/drivers/new.c", "int x;\n");
        _bench.Files.Write("linux/drivers/new.o", "object");
        _bench.Files.Write("linux/drivers/fix.patch", "edited\n");
        File.Delete(_bench["linux/Makefile"]);
        (await NamesAsync()).ShouldBe(".gitignore\ndrivers/fix.patch\ndrivers/new.c");
        var tree = (await _bench.FetchAsync("path:../../linux")).Tree;
        _bench.Git("cat-file", "blob", tree + ":drivers/fix.patch").ShouldBe("edited");
    }

    [Fact]
    public async Task Each_edit_gives_another_tree_and_its_undoing_the_first_again()
    {
        var first = (await _bench.FetchAsync("path:../../linux")).Tree;
        _bench.Files.Write("linux/Makefile", "VERSION = 7\n");
        (await _bench.FetchAsync("path:../../linux")).Tree.ShouldNotBe(first);
        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        (await _bench.FetchAsync("path:../../linux")).Tree.ShouldBe(first);
    }

    [Fact]
    public async Task A_worktree_of_git_keeps_what_is_tracked_although_ignored()
    {
        Oracle.Git(_linux, "worktree", "add", "-q", _bench["linked"]);
        (await NamesAsync("path:../../linked")).ShouldContain("drivers/fix.patch");
    }

    [Fact]
    public async Task A_folder_without_a_repository_is_a_tree_too()
    {
        _bench.Files.Write("plain/Makefile", "x");
        (await NamesAsync("path:../../plain")).ShouldBe("Makefile");
    }

    /// <summary>The list of Debian's linux-source, unpacked by tar: "/*", and all but the packaging is ignored.</summary>
    [Fact]
    public async Task A_list_that_names_the_kernel_itself_is_not_followed()
    {
        _bench.Files.Write("plain/.gitignore", "*.o\n/*\n!/debian/\n");
        _bench.Files.Write("plain/Makefile", "VERSION = 6\n");
        _bench.Files.Write("plain/Module.symvers", "product");
        _bench.Files.Write("plain/drivers/a.c", "int a;\n");
        _bench.Files.Write("plain/drivers/.a.o.cmd", "product");
        _bench.Files.Write("plain/drivers/a.o", "product");
        _bench.Files.Write("plain/include/config/auto.conf", "product");
        _bench.Files.Write("plain/include/linux/config.h", "");
        (await NamesAsync("path:../../plain")).ShouldBe(".gitignore\nMakefile\ndrivers/a.c\ninclude/linux/config.h");
        _bench.Files.Write("plain/techpack/audio.c", "int a;\n");
        Oracle.Git(_bench["plain/techpack"], "init", "-q");
        Oracle.Git(_bench["plain/techpack"], "add", "-A");
        Oracle.Git(_bench["plain/techpack"], "commit", "-q", "-m", "start");
        (await NamesAsync("path:../../plain")).ShouldContain("techpack/audio.c");
        Directory.Delete(_bench["plain/techpack"], recursive: true);
        _bench.Files.Write("plain/drivers/b.c", "int b;\n");
        File.Delete(_bench["plain/drivers/a.c"]);
        (await NamesAsync("path:../../plain")).ShouldBe(".gitignore\nMakefile\ndrivers/b.c\ninclude/linux/config.h");
    }

    [Fact]
    public async Task Repositories_inside_the_folder_come_with_their_files()
    {
        _bench.Files.Write("linux/techpack/.gitignore", "*.o\n");
        _bench.Files.Write("linux/techpack/audio.c", "int a;\n");
        _bench.Files.Write("linux/techpack/audio.o", "object");
        _bench.Files.Write("linux/techpack/deep er/inner.c", "int i;\n");
        foreach (var folder in (string[])["linux/techpack/deep er", "linux/techpack"])
        {
            Oracle.Git(_bench[folder], "init", "-q");
            Oracle.Git(_bench[folder], "add", "-A");
            Oracle.Git(_bench[folder], "commit", "-q", "-m", "start");
        }

        (await NamesAsync()).ShouldBe(
            ".gitignore\nMakefile\ndrivers/fix.patch\ntechpack/.gitignore\ntechpack/audio.c\ntechpack/deep er/inner.c");
        _bench.Files.Write("linux/techpack/deep er/inner.c", "int j;\n");
        var tree = (await _bench.FetchAsync("path:../../linux")).Tree;
        _bench.Git("cat-file", "blob", tree + ":techpack/deep er/inner.c").ShouldBe("int j;");
    }

    [Fact]
    public async Task The_repository_of_the_folder_is_left_as_it_is()
    {
        _bench.Files.Write("linux/drivers/new.c", "int x;\n");
        var before = Oracle.Git(_linux, "status", "--porcelain");
        await NamesAsync();
        Oracle.Git(_linux, "status", "--porcelain").ShouldBe(before);
    }

    [Fact]
    public async Task The_lock_of_a_git_that_was_killed_is_no_obstacle()
    {
        await NamesAsync();
        await File.WriteAllTextAsync(Path.Combine(_bench.Folders.Work, "source.index.lock"), "", TestContext.Current.CancellationToken);
        await NamesAsync();
    }

    [Fact]
    public async Task Nothing_is_locked_and_under_locked_it_is_KB1010()
    {
        await NamesAsync();
        File.Exists(_bench.LockFile).ShouldBeFalse();
        await Findings.OfAsync("KB1010", () => _bench.FetchAsync("path:../../linux", locked: true));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_KB1002() =>
        await Findings.OfAsync("KB1002", () => _bench.FetchAsync("path:../../nothing"));

    public void Dispose() => _bench.Dispose();
}
