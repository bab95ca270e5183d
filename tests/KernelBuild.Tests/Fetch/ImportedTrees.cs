using KernelBuild.CheckOut;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Trees that we write as packs and an index, read by git.</summary>
public sealed class ImportedTrees : IDisposable
{
    private readonly TestDevice _bench = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_random_tree_has_the_id_that_git_gives_it(int seed)
    {
        var folder = _bench.Files.Folder("linux-6.1");
        RandomTree.Fill(folder, seed);
        var source = await ImportAsync(folder);
        var expected = TreeByGit(folder);
        _bench
            .Git("ls-tree", "-r", "-t", source.Tree.ToString())
            .Split('\n')
            .ShouldBe(Oracle.Git(folder, "ls-tree", "-r", "-t", expected).Split('\n'));
        source.Tree.ToString().ShouldBe(expected);
        CheckByGit();
    }

    [Fact]
    public async Task Names_that_sort_around_the_slash_have_the_id_that_git_gives_them()
    {
        var folder = _bench.Files.Folder("linux-6.1");
        foreach (var name in (string[])["a.b", "a/b", "a-b", "a0", "ab", "a/b.c", "a/b-/x", "a/b0", "b/a", "b.", "b+", "B", "é", "z z"])
        {
            _bench.Files.Write(Path.Combine("linux-6.1", name), name);
        }

        (await ImportAsync(folder)).Tree.ToString().ShouldBe(TreeByGit(folder));
        CheckByGit();
    }

    [Fact]
    public async Task A_big_file_an_empty_one_a_program_and_links_have_the_id_that_git_gives_them()
    {
        var folder = _bench.Files.Folder("linux-6.1");
        var big = new byte[20 << 20];
        new Random(5).NextBytes(big.AsSpan(0, 10 << 20));
        await File.WriteAllBytesAsync(Path.Combine(folder, "big"), big, TestContext.Current.CancellationToken);
        _bench.Files.Write("linux-6.1/empty", "");
        _bench.Files.Script("linux-6.1/scripts/run.sh", "true");
        File.CreateSymbolicLink(Path.Combine(folder, "to-nowhere"), "../../no/such/file");
        File.CreateSymbolicLink(Path.Combine(folder, "to-scripts"), "scripts");
        (await ImportAsync(folder)).Tree.ToString().ShouldBe(TreeByGit(folder));
        CheckByGit();
    }

    [Fact]
    public async Task A_second_import_of_a_tree_adds_no_object()
    {
        var folder = _bench.Files.Folder("linux-6.1");
        RandomTree.Fill(folder, 7);
        var first = await ImportAsync(folder);
        var packs = Directory.EnumerateFiles((await _bench.StoreAsync()).PackFolder, "*.pack").Count();
        File.Delete(_bench.LockFile);
        var second = await ImportAsync(folder);
        second.ShouldBe(first);
        Directory.EnumerateFiles((await _bench.StoreAsync()).PackFolder, "*.pack").Count().ShouldBe(packs);
    }

    [Fact]
    public async Task Line_ends_and_keywords_survive_whatever_the_tree_says_of_them()
    {
        var folder = _bench.Files.Folder("linux-6.1");
        _bench.Files.Write("linux-6.1/.gitattributes", "* text=auto\n*.bat text eol=crlf\n*.id ident\n");
        _bench.Files.Write("linux-6.1/run.bat", "one\ntwo\n");
        _bench.Files.Write("linux-6.1/mixed", "one\r\ntwo\n");
        _bench.Files.Write("linux-6.1/key.id", "$Id$\n");
        await ImportAsync(folder);
        CheckByGit();
        var tree = await _bench.WorkTreeAsync();
        // a fresh checkout, which git writes and not we
        var commit = tree.Commit!.Value;
        File.Delete(_bench.Folders.TreeIndex);
        await tree.CheckOutAsync(commit, CancellationToken.None);
        Oracle.Text(_bench.Files.Path, "diff", "-r", folder, _bench.Folders.Tree).ShouldBeEmpty();
    }

    public void Dispose() => _bench.Dispose();

    private async Task<LockedSource> ImportAsync(string folder)
    {
        var tar = _bench["linux.tar"];
        Oracle.Text(_bench.Files.Path, "tar", "--exclude=.git", "-cf", tar, Path.GetFileName(folder));
        return await _bench.FetchAsync($"archive:{tar}#sha256={Sha256Digest.OfFile(tar)}");
    }

    private static string TreeByGit(string folder)
    {
        Oracle.Git(folder, "init", "-q");
        // byte for byte, whatever .gitattributes says
        File.WriteAllText(Path.Combine(folder, ".git/info/attributes"), "* -text -ident\n");
        Oracle.Git(folder, "add", "-A", "-f");
        return Oracle.Git(folder, "write-tree");
    }

    private void CheckByGit()
    {
        _bench.Git("fsck", "--full", "--strict", "--no-dangling");
        foreach (var index in Directory.EnumerateFiles(Path.Combine(_bench.Cache.Store, "objects/pack"), "*.idx"))
        {
            _bench.Git("verify-pack", index);
            // git's own index of the same pack
            var again = _bench["again.idx"];
            _bench.Git("index-pack", "-o", again, Path.ChangeExtension(index, ".pack"));
            File.ReadAllBytes(again).ShouldBe(File.ReadAllBytes(index));
            File.Delete(again);
        }

        _bench.GitInTree("diff-files").ShouldBeEmpty();
        _bench.GitInTree("ls-files", "--others").ShouldBeEmpty();
    }
}
