using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Submodules and further KernelSource items in one tree; the oracle is a tree that git itself has written.</summary>
public sealed class ComposedSources : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly VendorRepository _vendor;
    private readonly GitDaemon _daemon;

    public ComposedSources()
    {
        _vendor = new VendorRepository(_bench, "linux");
        _daemon = new GitDaemon(_bench["vendor"]);
    }

    private string Spec(string repository, string revision = "main") => $"git:{_daemon.Url(repository)}#{revision}";

    /// <summary>The tree of a checkout that git made with its submodules, as plain files.</summary>
    private string TreeOfFiles(string checkout)
    {
        var files = _bench.Files.Folder("plain");
        Oracle.Text(_bench.Files.Path, "cp", "-a", checkout + "/.", files);
        Oracle.Text(files, "find", ".", "-name", ".git", "-prune", "-exec", "rm", "-rf", "{}", "+");
        Oracle.Git(files, "init", "-q");
        Oracle.Git(files, "add", "-A", "-f");
        return Oracle.Git(files, "write-tree");
    }

    private static void AddSubmodule(VendorRepository to, string url, string path) =>
        Oracle.Git(to.Folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, path);

    [Fact]
    public async Task Submodules_and_theirs_are_files_of_the_tree()
    {
        var inner = new VendorRepository(_bench, "inner");
        inner.Commit("deep/inner.c", "int inner;\n");
        var modem = new VendorRepository(_bench, "modem");
        modem.Commit("modem.c", "int modem;\n");
        AddSubmodule(modem, _daemon.Url("inner"), "lib/inner");
        Oracle.Git(modem.Folder, "commit", "-q", "-m", "with inner");
        Oracle.Git(_vendor.Folder, "config", "remote.origin.url", _daemon.Url("linux"));
        AddSubmodule(_vendor, "../modem", "drivers/modem");
        AddSubmodule(_vendor, _daemon.Url("inner"), "tools/second one");
        var commit = _vendor.Commit("Makefile", "VERSION = 2\n");

        var source = await _bench.FetchAsync(Spec("linux"));
        var checkout = _bench["checkout"];
        Oracle.Git(_bench.Files.Path, "-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules", _daemon.Url("linux"), checkout);
        source.Tree.ToString().ShouldBe(TreeOfFiles(checkout));
        _bench.Git("fsck", "--full", "--strict");
        _bench.Git("rev-parse", source.Commit + "^").ShouldBe(commit);
        _bench.Log.Findings.ShouldBeEmpty();

        var parts = LockFile.Load(_bench.LockFile).Parts;
        parts.Keys.ShouldBe([".", "drivers/modem", "drivers/modem/lib/inner", "tools/second one"]);
        parts["drivers/modem/lib/inner"].Version.ShouldBe("submodule");

        // on another machine, and with nothing asked of a server when all of it is there
        _bench.DeleteCache();
        (await _bench.FetchAsync(Spec("linux"), locked: true)).ShouldBe(source);
        _daemon.Dispose();
        (await _bench.FetchAsync(Spec("linux"), locked: true)).ShouldBe(source);
    }

    [Fact]
    public async Task A_lock_that_was_written_without_submodules_gets_them()
    {
        _ = new VendorRepository(_bench, "modem");
        AddSubmodule(_vendor, _daemon.Url("modem"), "drivers/modem");
        var commit = _vendor.Commit("Makefile", "VERSION = 2\n");
        var whole = await _bench.FetchAsync(Spec("linux"));
        var lockFile = LockFile.Load(_bench.LockFile);
        lockFile.Parts.Clear();
        lockFile.Source = whole with
        {
            Commit = KernelBuild.Git.Objects.GitObjectId.Parse(commit), Tree = KernelBuild.Git.Objects.GitObjectId.Parse(_vendor.Tree(commit)),
        };
        lockFile.Save();
        (await Findings.OfAsync("KB1010", () => _bench.FetchAsync(Spec("linux"), locked: true))).Message.ShouldContain("submodules");
        (await _bench.FetchAsync(Spec("linux"))).ShouldBe(whole);
        (await _bench.FetchAsync(Spec("linux"), locked: true)).ShouldBe(whole);
    }

    [Fact]
    public async Task Without_submodules_their_folders_are_empty()
    {
        _ = new VendorRepository(_bench, "modem");
        AddSubmodule(_vendor, _daemon.Url("modem"), "drivers/modem");
        var commit = _vendor.Commit("Makefile", "VERSION = 2\n");
        var source = await _bench.FetchAsync(new SourceItem(Spec("linux")) { Submodules = false });
        source.Commit.ToString().ShouldBe(commit);
    }

    [Fact]
    public async Task A_submodule_that_cannot_be_had_is_KB1007_with_its_folder()
    {
        var modem = new VendorRepository(_bench, "modem");
        AddSubmodule(_vendor, _daemon.Url("modem"), "drivers/modem");
        _vendor.Commit("Makefile", "VERSION = 2\n");
        Directory.Delete(modem.Folder, recursive: true);
        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Spec("linux")));
        finding.Message.ShouldContain("'drivers/modem'");
        finding.Fix.ShouldContain("Submodules=\"false\"");
    }

    [Theory]
    [InlineData("ext::sh -c evil")]
    [InlineData("-u evil")]
    [InlineData("../../../../../../evil")]
    [InlineData("file:///etc")]
    public async Task A_submodule_leads_to_no_program_and_no_folder_of_this_machine(string url)
    {
        var id = _vendor.First;
        Oracle.Git(_vendor.Folder, "update-index", "--add", "--cacheinfo", "160000," + id + ",evil");
        _bench.Files.Write("vendor/linux/.gitmodules", $"[submodule \"evil\"]\n\tpath = evil\n\turl = \"{url}\"\n");
        Oracle.Git(_vendor.Folder, "add", ".gitmodules");
        Oracle.Git(_vendor.Folder, "commit", "-q", "-m", "evil");
        (await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Spec("linux")))).Message.ShouldContain("'evil'");
    }

    [Fact]
    public async Task A_commit_of_another_repository_that_nothing_names_is_KB1023()
    {
        Oracle.Git(_vendor.Folder, "update-index", "--add", "--cacheinfo", "160000," + _vendor.First + ",drivers/lost");
        Oracle.Git(_vendor.Folder, "commit", "-q", "-m", "lost");
        await _bench.FetchAsync(Spec("linux"));
        _bench.Log.Findings.ShouldContain(finding => finding.Code == "KB1023" && finding.Message.Contains("'drivers/lost'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_of_submodules_that_git_cannot_read_leaves_each_to_KB1023()
    {
        _ = new VendorRepository(_bench, "modem");
        AddSubmodule(_vendor, _daemon.Url("modem"), "drivers/modem");
        _vendor.Commit(".gitmodules", "[submodule \"drivers/modem\n\tpath = drivers/modem\n");
        await _bench.FetchAsync(Spec("linux"));
        _bench.Log.Findings.ShouldContain(finding => finding.Code == "KB1023" && finding.Message.Contains("'drivers/modem'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_submodule_behind_the_tip_of_a_server_that_gives_refs_only_is_found_in_its_history()
    {
        var modem = new VendorRepository(_bench, "modem");
        AddSubmodule(_vendor, _daemon.Url("modem"), "drivers/modem");
        modem.Commit("Makefile", "VERSION = 2\n");
        Oracle.Git(modem.Folder, "update-server-info");
        using var plain = new GitHttpServer(_bench["vendor"]) { IsDumb = true };
        Oracle.Git(_vendor.Folder, "config", "--file", ".gitmodules", "submodule.drivers/modem.url", plain.Url("modem/.git"));
        _vendor.Commit("Makefile", "VERSION = 3\n");
        Oracle.Git(_vendor.Folder, "update-server-info");
        var branch = Oracle.Git(_vendor.Folder, "symbolic-ref", "--short", "HEAD");
        var source = await _bench.FetchAsync($"git:{plain.Url("linux/.git")}#{branch}");
        _bench.Git("cat-file", "blob", source.Tree + ":drivers/modem/Makefile").ShouldBe("VERSION = 1");
    }

    [Theory]
    [InlineData("path:.", "")]
    [InlineData("debian:linux-source-6.1", "")]
    [InlineData("debian:linux-source-6.1", "https://example.org/linux.tar")]
    [InlineData("path:.", "../linux")]
    public async Task What_has_no_effect_on_a_kind_of_source_is_KB1001(string include, string mirror) =>
        (await Findings.OfAsync("KB1001", () => _bench.FetchAsync(
            new SourceItem(include) { Submodules = mirror.Length > 0, Mirrors = mirror.Length > 0 ? [mirror] : [] })))
            .Message.ShouldContain(mirror.Length > 0 ? "mirrors" : "Submodules");

    [Fact]
    public void A_KernelFolder_of_a_source_with_Path_is_KB9003()
    {
        (string, Func<string, string>) Item(string path) => ("path:.", name => name == "KernelFolder" ? "common" : name == "Path" ? path : "");
        Findings.Of("KB9003", () => SourceItems.Of([Item(""), Item("drivers/vendor")], "a.kernelproj")).Message.ShouldContain("KernelFolder");
        SourceItems.Of([Item("")], "a.kernelproj").Parts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Further_sources_stand_in_their_folders()
    {
        var vendor = new VendorRepository(_bench, "vendor-drivers");
        vendor.Commit("wlan/wlan.c", "int wlan;\n");
        _bench.Files.Write("extra/dts/board.dts", "/dts-v1/;\n/ { };\n");
        _vendor.Commit("drivers/vendor/old.c", "int old;\n");
        _vendor.Commit("drivers/Makefile", "obj-y += vendor/\n");
        SourceItem[] items =
        [
            new(Spec("linux")),
            new("path:../../extra") { Path = "drivers/vendor/board" },
            new(Spec("vendor-drivers")) { Path = "drivers/vendor" },
        ];
        var source = await _bench.FetchAsync(items, new BuildOptions());

        var files = _bench.Files.Folder("wanted");
        Oracle.Git(_bench.Files.Path, "clone", "-q", _daemon.Url("linux"), files);
        Directory.Delete(Path.Combine(files, "drivers/vendor"), recursive: true);
        Oracle.Git(_bench.Files.Path, "clone", "-q", _daemon.Url("vendor-drivers"), Path.Combine(files, "drivers/vendor"));
        Oracle.Text(_bench.Files.Path, "cp", "-a", _bench["extra"], Path.Combine(files, "drivers/vendor/board"));
        source.Tree.ToString().ShouldBe(TreeOfFiles(files));

        // an edit of the folder is seen, the locked ones stay
        vendor.Commit("wlan/wlan.c", "int wlan2;\n");
        _bench.Files.Write("extra/dts/board.dts", "/dts-v1/;\n/ { a; };\n");
        var second = await _bench.FetchAsync(items, new BuildOptions());
        _bench.Git("diff", "--name-only", source.Tree.ToString(), second.Tree.ToString()).ShouldBe("drivers/vendor/board/dts/board.dts");
        // with all of them locked, another part is not taken silently
        await Findings.OfAsync("KB1010", () => _bench.FetchAsync(
            [items[0], items[2] with { Include = Spec("vendor-drivers", "HEAD") }], new BuildOptions { Locked = true }));
    }

    [Fact]
    public async Task A_part_stands_where_a_submodule_would()
    {
        _ = new VendorRepository(_bench, "modem");
        var mine = new VendorRepository(_bench, "mine");
        mine.Commit("mine.c", "int mine;\n");
        AddSubmodule(_vendor, _daemon.Url("modem"), "drivers/modem");
        _vendor.Commit("Makefile", "VERSION = 2\n");
        var source = await _bench.FetchAsync([new(Spec("linux")), new(Spec("mine")) { Path = "drivers/modem" }], new BuildOptions());
        _bench.Git("ls-tree", "-r", "--name-only", source.Tree.ToString(), "drivers/").ShouldBe("drivers/modem/Makefile\ndrivers/modem/mine.c");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData(".git/x")]
    [InlineData("a//b")]
    public async Task A_folder_that_is_none_is_KB1022(string path) =>
        await Findings.OfAsync("KB1022", () => _bench.FetchAsync([new(Spec("linux")), new(Spec("linux")) { Path = path }], new BuildOptions()));

    [Fact]
    public async Task A_folder_below_a_file_is_KB1022() =>
        (await Findings.OfAsync("KB1022", () => _bench.FetchAsync(
            [new(Spec("linux")), new(Spec("linux")) { Path = "Makefile/vendor" }], new BuildOptions()))).Message.ShouldContain("Makefile/vendor");

    [Fact]
    public async Task Two_parts_in_one_folder_are_KB1022() =>
        await Findings.OfAsync("KB1022", () => _bench.FetchAsync(
            [new(Spec("linux")), new(Spec("linux")) { Path = "a" }, new(Spec("linux")) { Path = "a/" }], new BuildOptions()));

    [Fact]
    public async Task Pointers_to_an_LFS_server_are_named_at_every_build()
    {
        _vendor.Commit(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        _vendor.Commit("firmware/a.bin", $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('a', 64)}\nsize 12345\n");
        _vendor.Commit("firmware/real.bin", "the content itself\n");
        for (var run = 1; run <= 2; run++)
        {
            await _bench.FetchAsync(Spec("linux"));
            var finding = _bench.Log.Findings.Last();
            finding.Code.ShouldBe("KB1020");
            finding.Details.ShouldBe(["firmware/a.bin"]);
            _bench.Log.Findings.Count.ShouldBe(run);
        }
    }

    [Fact]
    public async Task Submodules_that_an_archive_or_folder_lacks_are_named_at_every_build()
    {
        var plain = _bench.Files.Folder("plain");
        _bench.Files.Write("plain/Makefile", "VERSION = 6\n");
        _bench.Files.Write("plain/there/Kconfig", "config THERE\n");
        _bench.Files.Write("plain/.gitmodules", """
            [submodule "KernelSU"]
            \tpath = KernelSU
            \turl = https://somebody:hush@example.org/KernelSU
            [submodule "modem"]
            \tpath = vendor/the modem
            \turl = ../modem
            [submodule "there"]
            \tpath = there
            \turl = ../there
            [submodule "nowhere"]
            \tpath = ../../etc
            \turl = ../x
            [submodule "magic"]
            \tpath = :(glob)**
            \turl = ../x

            """.Replace("\\t", "\t", StringComparison.Ordinal));
        for (var run = 1; run <= 2; run++)
        {
            await _bench.FetchAsync("path:" + plain);
            var finding = _bench.Log.Findings.Last();
            finding.Code.ShouldBe("KB1033");
            finding.Message.ShouldStartWith("3 submodules of the source are not in it");
            finding.Details.ShouldBe([":(glob)**: ../x", "KernelSU: https://example.org/KernelSU", "vendor/the modem: ../modem"]);
            _bench.Log.Findings.Count.ShouldBe(run);
        }

        var found = _bench.Log.Findings.Count;
        await _bench.FetchAsync(
            [new("path:" + plain), new(Spec("linux")) { Path = "KernelSU" }, new(Spec("linux")) { Path = "vendor/the modem" },
                new(Spec("linux")) { Path = ":(glob)**" }],
            new BuildOptions());
        _bench.Log.Findings.Count.ShouldBe(found);
    }

    [Theory]
    [InlineData("../modem", "https://example.org/soc/linux.git", "https://example.org/soc/modem")]
    [InlineData("../../modem.git", "https://example.org/soc/linux", "https://example.org/modem.git")]
    [InlineData("./sub", "https://example.org/linux", "https://example.org/linux/sub")]
    [InlineData("../modem", "git@example.org:soc/linux.git", "git@example.org:soc/modem")]
    [InlineData("../modem", "git@example.org:linux.git", "git@example.org:modem")]
    [InlineData("../modem", "file:///srv/linux", "file:///srv/modem")]
    [InlineData("ssh://other/x", "https://example.org/linux", "ssh://other/x")]
    public void A_relative_address_is_that_of_git(string url, string parent, string expected)
    {
        SubmoduleFile.Resolve(url, parent).ShouldBe(expected);
        var folder = _bench.Files.Folder("resolve");
        Oracle.Git(folder, "init", "-q");
        Oracle.Git(folder, "remote", "add", "origin", parent);
        Oracle.Git(folder, "commit", "-q", "--allow-empty", "-m", "first");
        Oracle.Git(folder, "update-index", "--add", "--cacheinfo", "160000," + Oracle.Git(folder, "rev-parse", "HEAD") + ",sub");
        File.WriteAllText(Path.Combine(folder, ".gitmodules"), $"[submodule \"sub\"]\n\tpath = sub\n\turl = {url}\n");
        Oracle.Git(folder, "submodule", "--quiet", "init");
        Oracle.Git(folder, "config", "submodule.sub.url").ShouldBe(expected);
    }

    public void Dispose()
    {
        _daemon.Dispose();
        _bench.Dispose();
    }
}
