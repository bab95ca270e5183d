using System.Formats.Tar;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

public sealed class Archives : IDisposable
{
    private readonly TestDevice _bench = new();

    private static string Spec(string file) => $"archive:{file}#sha256={Sha256Digest.OfFile(file)}";

    /// <summary>A tar with these entries and then more than any pipe holds.</summary>
    private string Tar(params TarEntry[] entries)
    {
        var path = _bench["linux.tar"];
        using var file = File.Create(path);
        using var writer = new TarWriter(file);
        foreach (var entry in entries)
        {
            writer.WriteEntry(entry);
        }

        for (var number = 0; number < 20; number++)
        {
            writer.WriteEntry(Regular($"linux/filler-{number}", new string((char)('a' + number), 100_000)));
        }

        return path;
    }

    private static PaxTarEntry Regular(string name, string content) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) };

    private static PaxTarEntry Link(TarEntryType type, string name, string target) => new(type, name) { LinkName = target };

    private void NothingIsLeft()
    {
        Directory.EnumerateFiles(Path.Combine(_bench.Cache.Store, "objects"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
        _bench.Git("for-each-ref").ShouldBeEmpty();
        var work = _bench.Folders.Work;
        (Directory.Exists(work) ? Directory.EnumerateFileSystemEntries(work) : []).ShouldBeEmpty();
        File.Exists(_bench.LockFile).ShouldBeFalse();
    }

    private async Task RefusedAsync(string code, string file, string? named = null)
    {
        var finding = await Findings.OfAsync(code, () => _bench.FetchAsync(Spec(file)).WaitAsync(TimeSpan.FromSeconds(60)));
        finding.ToString().ShouldContain(named ?? "linux");
        NothingIsLeft();
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("linux/../../escape")]
    [InlineData("/etc/escape")]
    [InlineData("linux/.git/../../escape")]
    [InlineData("linux/GIT~1/config")]
    [InlineData("linux/.git /config")]
    [InlineData("linux/.GIT/hooks/post-checkout")]
    [InlineData("linux//file")]
    [InlineData("linux/./file")]
    public Task A_path_that_leaves_the_tree_is_refused(string name) =>
        RefusedAsync("KB1006", Tar(Regular("linux/Makefile", "x"), Regular(name, "evil")), name);

    [Fact]
    public async Task The_same_holds_behind_a_decompressor()
    {
        var tar = Tar(Regular("linux/Makefile", "x"), Regular("../escape", "evil"));
        Oracle.Text(_bench.Files.Path, "gzip", "-1", tar);
        await RefusedAsync("KB1006", tar + ".gz", "../escape");
    }

    [Fact]
    public async Task A_link_followed_by_a_file_below_it_writes_nothing_outside()
    {
        var outside = _bench.Files.Folder("outside");
        await RefusedAsync("KB1006", Tar(Link(TarEntryType.SymbolicLink, "linux/link", outside), Regular("linux/link/file", "evil")));
        Directory.EnumerateFileSystemEntries(outside).ShouldBeEmpty();
    }

    [Fact]
    public Task A_folder_that_becomes_a_file_is_refused() =>
        RefusedAsync("KB1006", Tar(Regular("linux/a/file", "1"), Regular("linux/a", "2")));

    [Fact]
    public Task A_hard_link_to_nothing_is_refused() =>
        RefusedAsync("KB1006", Tar(Link(TarEntryType.HardLink, "linux/file", "linux/nothing")));

    [Fact]
    public Task A_device_node_is_refused() => RefusedAsync("KB1006", Tar(new PaxTarEntry(TarEntryType.CharacterDevice, "linux/null")));

    [Fact]
    public async Task A_hard_link_to_a_link_copies_no_file_of_this_machine()
    {
        var secret = _bench.Files.Write("secret", "secret");
        await _bench.FetchAsync(Spec(Tar(
            Regular("linux/Makefile", "x"),
            Link(TarEntryType.SymbolicLink, "linux/link", secret),
            Link(TarEntryType.HardLink, "linux/hard", "linux/link"),
            Link(TarEntryType.HardLink, "linux/hardfile", "linux/Makefile"))));
        new FileInfo(Path.Combine(_bench.Folders.Tree, "hard")).LinkTarget.ShouldBe(secret);
        (await File.ReadAllTextAsync(Path.Combine(_bench.Folders.Tree, "hardfile"), TestContext.Current.CancellationToken)).ShouldBe("x");
        _bench.GitInTree("diff-files").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_truncated_tar_is_refused()
    {
        var tar = Tar(Regular("linux/Makefile", "x"));
        using (var file = File.OpenWrite(tar))
        {
            file.SetLength((file.Length / 2) + 100);
        }

        await RefusedAsync("KB1005", tar);
    }

    [Theory]
    [InlineData("gzip", ".gz")]
    [InlineData("xz", ".xz")]
    public async Task A_truncated_compressed_archive_is_refused(string program, string extension)
    {
        var tar = Tar(Regular("linux/Makefile", "x"));
        Oracle.Text(_bench.Files.Path, program, tar);
        using (var file = File.OpenWrite(tar + extension))
        {
            file.SetLength(file.Length / 2);
        }

        await RefusedAsync("KB1005", tar + extension);
    }

    [Fact]
    public async Task An_empty_file_is_refused() => await RefusedAsync("KB1005", _bench.Files.Write("linux.tar", ""));

    [Fact]
    public async Task An_archive_of_nothing_is_refused()
    {
        Oracle.Text(_bench.Files.Path, "tar", "-czf", "linux.tar.gz", "-T", "/dev/null");
        await RefusedAsync("KB1005", _bench["linux.tar.gz"]);
    }

    [Fact]
    public async Task A_wrong_digest_is_found_before_anything_is_unpacked()
    {
        var tar = Tar(Regular("../escape", "evil"));
        var finding = await Findings.OfAsync("KB1004", () => _bench.FetchAsync($"archive:{tar}#sha256={new string('0', 64)}"));
        finding.Message.ShouldContain(Sha256Digest.OfFile(tar).ToString());
        NothingIsLeft();
    }

    [Fact]
    public async Task An_archive_that_is_not_there_is_KB1002() =>
        await Findings.OfAsync("KB1002", () => _bench.FetchAsync($"archive:nothing.tar#sha256={new string('0', 64)}"));

    [FactWith("gzip", "xz", "bzip2", "zstd", "tar")]
    public async Task One_tree_in_each_compression_has_one_id()
    {
        var folder = _bench.Files.Folder("linux-6.1");
        RandomTree.Fill(folder, 11);
        var trees = new HashSet<string>();
        foreach (var option in (string[])["", "--gzip", "--xz", "--bzip2", "--zstd"])
        {
            var file = _bench["linux.tar" + option];
            string[] arguments = ["-cf", file, "linux-6.1"];
            Oracle.Text(_bench.Files.Path, "tar", option.Length == 0 ? arguments : [option, .. arguments]);
            trees.Add((await _bench.FetchAsync(Spec(file))).Tree.ToString());
        }

        trees.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_archive_without_a_top_folder_is_a_tree_as_well()
    {
        _bench.Files.Write("content/Makefile", "x");
        _bench.Files.Write("content/init/main.c", "y");
        Oracle.Text(_bench["content"], "tar", "-cf", _bench["flat.tar"], ".");
        var source = await _bench.FetchAsync(Spec(_bench["flat.tar"]));
        _bench.Git("ls-tree", "-r", "--name-only", source.Tree.ToString()).ShouldBe("Makefile\ninit/main.c");
        _bench.GitInTree("diff-files").ShouldBeEmpty();
    }

    public void Dispose() => _bench.Dispose();
}
