using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Archives that GNU tar writes: the tree is the one that GNU tar and git make of them.</summary>
public sealed class TarForms : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    private async Task SameAsync(string tar) =>
        (await ArchiveOracle.ImportAsync(_bench, tar)).Tree.ToString().ShouldBe(ArchiveOracle.TreeByTar(_bench, tar));

    private string Tar(params string[] arguments)
    {
        var tar = _bench[Guid.NewGuid().ToString("N") + ".tar"];
        Oracle.Text(_bench.Files.Path, "tar", ["-cf", tar, .. arguments]);
        return tar;
    }

    private void Append(string tar, params string[] members) => Oracle.Text(_bench.Files.Path, "tar", ["-rf", tar, .. members]);

    private string Shell(string script) => Oracle.Text(_bench.Files.Path, "bash", "-ec", script);

    /// <summary>Files with holes: at the start, at the end, many pieces, nothing but a hole.</summary>
    private void WriteSparseFiles()
    {
        Directory.CreateDirectory(_bench["linux"]);
        foreach (var (name, pieces, length) in ((string, int, long)[])
            [("many", 60, 8_000_000), ("five", 5, 2_000_000), ("one", 1, 500_000), ("hole", 0, 300_000), ("tail", 3, 70_000)])
        {
            using var file = new FileStream(_bench["linux/" + name], FileMode.CreateNew);
            file.SetLength(length);
            for (var piece = 0; piece < pieces; piece++)
            {
                file.Position = (piece * length / pieces) + (name == "one" ? 200_000 : 0);
                file.Write(System.Text.Encoding.ASCII.GetBytes($"piece {piece}"));
            }
        }

        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
    }

    [Theory]
    [InlineData("gnu", "")]
    [InlineData("posix", "0.0")]
    [InlineData("posix", "0.1")]
    [InlineData("posix", "1.0")]
    public async Task Sparse_files_have_their_holes_as_zeros(string format, string version)
    {
        WriteSparseFiles();
        string[] form = version.Length == 0 ? [] : ["--sparse-version=" + version];
        var tar = Tar(["--sparse", "--format=" + format, .. form, "linux"]);
        new FileInfo(tar).Length.ShouldBeLessThan(4_000_000, "tar must have left the holes out");
        await SameAsync(tar);
    }

    [Theory]
    [InlineData("gnu", "")]
    [InlineData("posix", "0.0")]
    [InlineData("posix", "1.0")]
    public async Task A_sparse_file_that_is_too_large_is_refused_before_it_takes_memory(string format, string version)
    {
        Directory.CreateDirectory(_bench["linux"]);
        using (var file = File.Create(_bench["linux/huge"]))
        {
            file.SetLength(1L << 40);
        }

        string[] form = version.Length == 0 ? [] : ["--sparse-version=" + version];
        var tar = Tar(["--sparse", "--format=" + format, .. form, "linux"]);
        (await Findings.OfAsync("KB1006", () => _bench.FetchAsync(ArchiveOracle.Spec(tar)))).Message.ShouldContain("huge");
    }

    [Theory]
    [InlineData("v7")]
    [InlineData("oldgnu")]
    [InlineData("gnu")]
    [InlineData("ustar")]
    [InlineData("posix")]
    public async Task A_random_tree_in_each_format_of_tar(string format)
    {
        RandomTree.Fill(_bench["linux"], 21);
        await SameAsync(Tar("--format=" + format, "linux"));
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("posix")]
    public async Task Long_names_and_long_links(string format)
    {
        var name = new string('n', 255);
        _bench.Files.Write("linux/" + name, "1");
        var deep = "linux/" + string.Join('/', Enumerable.Repeat(new string('d', 200), 5)) + "/file";
        _bench.Files.Write(deep, "2");
        File.CreateSymbolicLink(_bench["linux/link"], new string('t', 3000));
        Oracle.Text(_bench.Files.Path, "ln", deep, "linux/hard");
        await SameAsync(Tar("--format=" + format, "linux"));
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("posix")]
    public async Task Names_and_targets_that_are_not_UTF8_keep_their_bytes(string format)
    {
        Directory.CreateDirectory(_bench["linux"]);
        Shell(@"printf x > $'linux/caf\xe9'; mkdir $'linux/d\xfcr'; printf y > $'linux/d\xfcr/\xff\xfe'; ln -s $'caf\xe9' $'linux/l\xe4nk'; "
            + @"ln $'linux/caf\xe9' $'linux/h\xe4rt'; printf z > linux/größe");
        await SameAsync(Tar("--format=" + format, "linux"));
        _bench.Git("ls-tree", "--name-only", _bench.Git("for-each-ref", "--count=1", "--format=%(objectname)"))
            .ShouldContain(@"caf\351");
    }

    [Fact]
    public async Task A_top_folder_that_is_not_UTF8()
    {
        Shell(@"mkdir $'lin\xfcx'; printf 1 > $'lin\xfcx/Makefile'; tar -cf a.tar $'lin\xfcx'");
        var source = await ArchiveOracle.ImportAsync(_bench, _bench["a.tar"]);
        _bench.Git("ls-tree", "-r", "--name-only", source.Tree.ToString()).ShouldBe("Makefile");
    }

    [Fact]
    public async Task The_last_of_a_name_counts()
    {
        _bench.Files.Write("linux/Makefile", "first");
        _bench.Files.Write("linux/run", "first");
        File.CreateSymbolicLink(_bench["linux/link"], "run");
        var tar = Tar("linux");
        _bench.Files.Write("linux/Makefile", "second, and longer");
        File.Delete(_bench["linux/run"]);
        _bench.Files.Script("linux/run", "true");
        File.Delete(_bench["linux/link"]);
        _bench.Files.Write("linux/link", "a file now");
        Append(tar, "linux");
        await SameAsync(tar);
    }

    [Fact]
    public async Task A_hard_link_keeps_what_it_was_made_of_when_the_name_comes_again()
    {
        _bench.Files.Write("linux/a", "first");
        Oracle.Text(_bench.Files.Path, "ln", "linux/a", "linux/b");
        var tar = Tar("linux/a", "linux/b");
        File.Delete(_bench["linux/a"]);
        _bench.Files.Write("linux/a", "second");
        Append(tar, "linux/a");
        await SameAsync(tar);
    }

    [Fact]
    public async Task A_file_or_link_that_becomes_a_folder_and_an_empty_folder_that_becomes_a_file()
    {
        _bench.Files.Write("linux/one", "1");
        File.CreateSymbolicLink(_bench["linux/two"], "three");
        Directory.CreateDirectory(_bench["linux/three"]);
        var tar = Tar("linux");
        File.Delete(_bench["linux/one"]);
        File.Delete(_bench["linux/two"]);
        Directory.Delete(_bench["linux/three"]);
        _bench.Files.Write("linux/one/file", "2");
        _bench.Files.Write("linux/two/file", "3");
        _bench.Files.Write("linux/three", "4");
        Append(tar, "linux");
        await SameAsync(tar);
    }

    [Fact]
    public async Task Hard_links_to_links_and_in_chains()
    {
        _bench.Files.Write("linux/a", "a");
        File.CreateSymbolicLink(_bench["linux/l"], "a");
        Shell("ln linux/a linux/b; ln linux/b linux/c; ln -P linux/l linux/m");
        await SameAsync(Tar("linux/c", "linux/b", "linux/a", "linux/l", "linux/m"));
    }

    [Fact]
    public async Task Hard_links_to_what_follows_are_those_of_the_other_order()
    {
        _bench.Files.Write("linux/a", "a");
        Shell("ln linux/a linux/b; ln linux/a linux/c");
        var ordered = Tar("linux/a", "linux/b", "linux/c");
        var bytes = await File.ReadAllBytesAsync(ordered, TestContext.Current.CancellationToken);
        // a: header and block; b and c: headers
        byte[] turned = [.. bytes[1536..2048], .. bytes[1024..1536], .. bytes[..1024], .. bytes[2048..]];
        await File.WriteAllBytesAsync(_bench["turned.tar"], turned, TestContext.Current.CancellationToken);
        (await ArchiveOracle.ImportAsync(_bench, _bench["turned.tar"])).Tree.ToString()
            .ShouldBe(ArchiveOracle.TreeByTar(_bench, ordered));
    }

    [Fact]
    public async Task Repositories_are_left_out_and_said()
    {
        _bench.Files.Write("linux/Makefile", "x");
        Oracle.Git(_bench["linux"], "init", "-q");
        _bench.Files.Write("linux/drivers/.git", "gitdir: ../x\n");
        _bench.Files.Write("linux/drivers/a.c", "y");
        await SameAsync(Tar("linux"));
        var finding = _bench.Log.Findings.ShouldHaveSingleItem();
        finding.Code.ShouldBe("KB1030");
        finding.Message.ShouldContain("'linux/.git'");
    }

    [Theory]
    [InlineData(512)]
    [InlineData(0)]
    public async Task An_archive_without_its_end_is_read_and_a_missing_end_is_said(int zeros)
    {
        _bench.Files.Write("linux/Makefile", "x");
        var tar = Tar("linux/Makefile");
        using (var file = File.OpenWrite(tar))
        {
            file.SetLength(1024 + zeros);
        }

        await SameAsync(tar);
        _bench.Log.Findings.Select(finding => finding.Code).ShouldBe(zeros == 0 ? ["KB1032"] : []);
    }

    [Fact]
    public async Task What_follows_the_end_is_not_read()
    {
        _bench.Files.Write("linux/Makefile", "x");
        var tar = Tar("linux");
        await File.AppendAllTextAsync(tar, new string('g', 100_000), TestContext.Current.CancellationToken);
        await SameAsync(tar);
    }

    [Fact]
    public async Task Global_headers_and_volume_labels_are_no_files()
    {
        _bench.Files.Write("linux/Makefile", "x");
        Oracle.Git(_bench["linux"], "init", "-q");
        Oracle.Git(_bench["linux"], "add", "-A");
        Oracle.Git(_bench["linux"], "commit", "-qm", "x");
        Oracle.Git(_bench["linux"], "archive", "--format=tar", "--prefix=linux/", "-o", _bench["git.tar"], "HEAD");
        await SameAsync(_bench["git.tar"]);
        File.Delete(_bench.LockFile);
        await SameAsync(Tar("--label=a label", "linux"));
    }

    [FactWith("gzip", "xz", "bzip2", "zstd", "lz4", "lzop", "lzip")]
    public async Task Streams_of_several_parts_are_one_archive()
    {
        RandomTree.Fill(_bench["linux"], 5);
        var tar = Tar("linux");
        var expected = ArchiveOracle.TreeByTar(_bench, tar);
        Oracle.Text(_bench.Files.Path, "split", "-n", "3", tar, "part.");
        foreach (var (name, command) in ((string, string)[])
            [("t.gz", "gzip -c"), ("t.xz", "xz -c"), ("t.bz2", "bzip2 -c"), ("t.zst", "zstd -c"), ("t.lz4", "lz4 -c"), ("legacy.lz4", "lz4 -lc"),
            ("t.lzop", "lzop -c"), ("t.lz", "lzip -c")])
        {
            // a legacy LZ4 block that is not full ends its stream, and lzop refuses several files in a stream
            Shell(name is "legacy.lz4" or "t.lzop" ? $"cat part.* | {command} > {name}" : $"for part in part.??; do {command} $part; done > {name}");
            if (name == "t.xz")
            {
                // stream padding
                Shell("head -c 8 /dev/zero >> t.xz");
            }

            File.Delete(_bench.LockFile);
            (await _bench.FetchAsync(ArchiveOracle.Spec(_bench[name]))).Tree.ToString().ShouldBe(expected, name);
        }
    }

    [FactWith("xz")]
    public async Task Lzma_alone_is_read()
    {
        RandomTree.Fill(_bench["linux"], 6);
        var tar = Tar("linux");
        Shell($"xz --format=lzma -c {tar} > t.lzma");
        (await _bench.FetchAsync(ArchiveOracle.Spec(_bench["t.lzma"]))).Tree.ToString().ShouldBe(ArchiveOracle.TreeByTar(_bench, tar));
    }
}
