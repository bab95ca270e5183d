using System.Diagnostics;
using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Store;

namespace KernelBuild.Tests.Fetch;

/// <summary>
/// repo: sources, through the whole stage. What is expected follows repo's rules, which were compared with the repo tool itself on random manifests.
/// </summary>
public sealed class RepoManifests : IDisposable
{
    private readonly ManifestServer _server = new();

    public void Dispose() => _server.Dispose();

    private string Commit(string name) => Oracle.Git(_server.Bench["vendor/" + name], "rev-parse", "HEAD");

    private void MoveOn(string name)
    {
        var folder = _server.Bench["vendor/" + name];
        File.WriteAllText(Path.Combine(folder, "later.c"), "later\n");
        Oracle.Git(folder, "add", "-A");
        Oracle.Git(folder, "commit", "-q", "-m", "later");
    }

    /// <summary>A manifest with one of everything.</summary>
    private void Whole()
    {
        _server.Add("kernel/common", "arch/Kconfig", "inner/own.c", "inner/both.c");
        _server.Add("kernel/inner", "both.c", "new.c");
        var build = _server.Add("build", "lib/one.sh", "lib/two.sh", "lib/.hidden.sh");
        File.SetUnixFileMode(Path.Combine(build.Folder, "lib/one.sh"), (UnixFileMode)0b111_101_101);
        build.Commit("config", "config\n");
        _server.Add("wlan");
        _server.Add("not-wanted");
        _server.Manifests.Commit("more/vendor.xml", """
            <manifest>
              <project name="wlan" path="vendor/wlan" groups="g"/>
              <project name="not-wanted" groups="notdefault"/>
            </manifest>
            """);
        _server.Write("""
            <notice>built for tests</notice>
            <project name="kernel/common" path="common"><linkfile src="." dest="kernel"/></project>
            <project name="kernel/inner" path="common/inner"/>
            <project name="build"><copyfile src="lib/one.sh" dest="out/build.sh"/><linkfile src="config" dest="a/b/config"/><linkfile src="lib/*" dest="all"/></project>
            <x-future/>
            <include name="more/vendor.xml" groups="vendor"/>
            <extend-project name="wlan" groups="ext"><linkfile src="Makefile" dest="WLAN"/></extend-project>
            """);
    }

    [Fact]
    public async Task A_manifest_becomes_the_tree_that_repo_checks_out()
    {
        Whole();
        var source = await _server.FetchAsync();
        _server.Files(source).ShouldBe(
        [
            "120000 WLAN -> vendor/wlan/Makefile",
            "120000 a/b/config -> ../../build/config",
            "120000 all/one.sh -> ../build/lib/one.sh",
            "120000 all/two.sh -> ../build/lib/two.sh",
            "100644 build/Makefile",
            "100644 build/config",
            "100644 build/lib/.hidden.sh",
            "100755 build/lib/one.sh",
            "100644 build/lib/two.sh",
            "100644 common/Makefile",
            "100644 common/arch/Kconfig",
            "100644 common/inner/Makefile",
            "100644 common/inner/both.c",
            "100644 common/inner/new.c",
            "100644 common/inner/own.c",
            "120000 kernel -> common",
            "100755 out/build.sh",
            "100644 vendor/wlan/Makefile",
        ]);
        _server.Text(source, "common/inner/both.c").ShouldBe("kernel/inner both.c");
        _server.Bench.Git("fsck", "--full", "--strict");
        _server.Bench.Log.Findings.ShouldBeEmpty();
        _server.Bench.Log.Lines.ShouldContain("notice of the manifest: built for tests");

        var parts = LockFile.Load(_server.Bench.LockFile).Parts;
        parts.Keys.ShouldBe([".", ".repo/manifests", "build", "common", "common/inner", "vendor/wlan"]);
        parts["common"].Commit.ToString().ShouldBe(Commit("kernel/common"));
        parts["common"].Spec.ShouldBe($"git:{_server.Daemon.Url("kernel/common")}#refs/heads/main");
        parts[".repo/manifests"].Commit.ToString().ShouldBe(Commit("manifest"));
        _server.Bench.Git("rev-parse", source.Commit + "^").ShouldBe(Commit("manifest"));
    }

    [Fact]
    public async Task The_pinned_manifest_is_that_of_repo()
    {
        Whole();
        await _server.FetchAsync();
        // of 'repo manifest -r' on these repositories
        File.ReadAllText(_server.LockedManifest).ShouldBe($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <manifest>
              <notice>built for tests</notice>
              <remote name="o" fetch="."/>
            {"  "}
              <default remote="o" revision="main"/>
            {"  "}
              <project name="build" revision="{Commit("build")}" upstream="main" dest-branch="main">
                <copyfile src="lib/one.sh" dest="out/build.sh"/>
                <linkfile src="config" dest="a/b/config"/>
                <linkfile src="lib/*" dest="all"/>
              </project>
              <project name="kernel/common" path="common" revision="{Commit("kernel/common")}" upstream="main" dest-branch="main">
                <linkfile src="." dest="kernel"/>
              </project>
              <project name="kernel/inner" path="common/inner" revision="{Commit("kernel/inner")}" upstream="main" dest-branch="main"/>
              <project name="wlan" path="vendor/wlan" revision="{Commit("wlan")}" upstream="main" dest-branch="main" groups="ext,g,vendor">
                <linkfile src="Makefile" dest="WLAN"/>
              </project>
            </manifest>

            """);
    }

    [Fact]
    public async Task The_pinned_manifest_gives_the_same_tree()
    {
        Whole();
        var source = await _server.FetchAsync();
        _server.Manifests.Commit("pinned.xml", File.ReadAllText(_server.LockedManifest));
        MoveOn("wlan");
        var again = await _server.Bench.FetchAsync($"repo:{_server.Daemon.Url("manifest")}#pinned.xml@main");
        again.Tree.ShouldBe(source.Tree);
    }

    [Fact]
    public async Task A_locked_build_asks_nobody()
    {
        Whole();
        var source = await _server.FetchAsync();
        // on another machine
        _server.Bench.DeleteCache();
        (await _server.FetchAsync(new BuildOptions { Locked = true })).ShouldBe(source);
        _server.Daemon.Dispose();
        (await _server.FetchAsync(new BuildOptions { Locked = true })).ShouldBe(source);
        (await _server.FetchAsync(new BuildOptions { Offline = true })).ShouldBe(source);
        // the pinned manifest comes back from what the store has
        var pinned = File.ReadAllText(_server.LockedManifest);
        File.Delete(_server.LockedManifest);
        (await _server.FetchAsync(new BuildOptions { Offline = true, Locked = true })).ShouldBe(source);
        File.ReadAllText(_server.LockedManifest).ShouldBe(pinned);
        // another choice of groups is another source
        await Findings.OfAsync("KB1010", () => _server.FetchAsync(new BuildOptions { Locked = true }, "vendor"));
        await Findings.OfAsync("KB1019", () => _server.FetchAsync(new BuildOptions { Offline = true }, "vendor"));
    }

    [Fact]
    public async Task Branches_that_move_are_taken_with_update_lock()
    {
        Whole();
        var source = await _server.FetchAsync();
        MoveOn("wlan");
        (await _server.FetchAsync()).ShouldBe(source);
        _server.Bench.DeleteCache();
        (await _server.FetchAsync()).ShouldBe(source);

        var moved = await _server.FetchAsync(new BuildOptions { UpdateLock = true });
        _server.Bench.Git("diff", "--name-only", source.Tree.ToString(), moved.Tree.ToString()).ShouldBe("vendor/wlan/later.c");
        _server.Bench.Log.Lines.ShouldContain(line => line.StartsWith("vendor/wlan: was ", StringComparison.Ordinal));
        LockFile.Load(_server.Bench.LockFile).Parts["vendor/wlan"].Commit.ToString().ShouldBe(Commit("wlan"));
    }

    [Fact]
    public async Task A_lock_that_lacks_a_project_is_no_lock_of_it()
    {
        Whole();
        await _server.FetchAsync();
        var lockFile = LockFile.Load(_server.Bench.LockFile);
        lockFile.Parts.Remove("build");
        lockFile.Save();
        _server.Bench.DeleteCache();
        (await Findings.OfAsync("KB1010", () => _server.FetchAsync(new BuildOptions { Locked = true }))).Message.ShouldContain("'build'");
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("refs/heads/old")]
    [InlineData("id")]
    public async Task The_manifest_may_be_a_tag_a_branch_or_a_commit(string revision)
    {
        _server.Add("a");
        var first = _server.Write("""<project name="a" path="first"/>""");
        Oracle.Git(_server.Manifests.Folder, "tag", "-a", "-m", "one", "v1");
        Oracle.Git(_server.Manifests.Folder, "branch", "old");
        _server.Write("""<project name="a" path="second"/>""");
        var source = await _server.Bench.FetchAsync(_server.SpecOf(revision == "id" ? first : revision));
        _server.Files(source).ShouldBe(["100644 first/Makefile"]);
    }

    [Fact]
    public async Task Revisions_are_branches_tags_and_commits()
    {
        var repository = _server.Add("a", "one.c");
        Oracle.Git(repository.Folder, "tag", "-a", "-m", "one", "v1");
        Oracle.Git(repository.Folder, "branch", "dev");
        var id = repository.Commit("two.c", "two\n");
        repository.Commit("three.c", "three\n");
        _server.Manifests.Commit("default.xml", $"""
            <manifest><remote name="o" fetch="." revision="dev"/><remote name="p" fetch="."/><default remote="o" revision="main"/>
              <project name="a" path="remote"/>
              <project name="a" path="default" remote="p"/>
              <project name="a" path="tag" revision="refs/tags/v1"/>
              <project name="a" path="id" revision="{id}"/>
              <project name="a" path="full" revision="refs/heads/main"/>
            </manifest>
            """);
        var source = await _server.FetchAsync();
        string[] FilesIn(string folder) => [.. _server.Files(source).Where(file => file.Contains($" {folder}/", StringComparison.Ordinal))];
        FilesIn("remote").Length.ShouldBe(2);
        FilesIn("default").Length.ShouldBe(4);
        FilesIn("tag").Length.ShouldBe(2);
        FilesIn("id").Length.ShouldBe(3);
        FilesIn("full").Length.ShouldBe(4);
        // as in repo, a name alone is never a tag
        _server.Write("""<project name="a" revision="v1"/>""");
        (await Findings.OfAsync("KB1002", () => _server.FetchAsync(new BuildOptions { UpdateLock = true }))).Message.ShouldContain("the project 'a'");
    }

    [Fact]
    public async Task Groups_choose_projects()
    {
        Whole();
        static string[] Folders(LockedSource source, ManifestServer server) =>
            [.. server.Bench.Git("ls-tree", "--name-only", source.Tree.ToString()).Split('\n')];
        Folders(await _server.FetchAsync(null, "all"), _server).ShouldContain("not-wanted");
        Folders(await _server.FetchAsync(null, "ext"), _server).ShouldBe(["WLAN", "vendor"]);
        Folders(await _server.FetchAsync(null, "default", "-vendor"), _server).ShouldBe(["a", "all", "build", "common", "kernel", "out"]);
        var finding = await Findings.OfAsync("KB1026", () => _server.FetchAsync(null, "vendr"));
        finding.Message.ShouldContain("'vendr'");
        finding.Fix.ShouldContain("vendor");
        await Findings.OfAsync("KB1026", () => _server.FetchAsync(null, "-all"));
        await Findings.OfAsync("KB1001", () => _server.Bench.FetchAsync(
            new SourceItem($"git:{_server.Daemon.Url("build")}#main") { Groups = ["vendor"] }));
    }

    [Fact]
    public async Task Submodules_come_where_the_manifest_says_so()
    {
        _server.Add("inner", "inner.c");
        foreach (var name in (string[])["with", "without"])
        {
            var repository = _server.Add(name);
            Oracle.Git(repository.Folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", _server.Daemon.Url("inner"), "sub");
            Oracle.Git(repository.Folder, "commit", "-q", "-m", "sub");
        }

        _server.Write("""<project name="with" sync-s="true"/><project name="without"/>""");
        var source = await _server.FetchAsync();
        _server.Files(source).ShouldBe(
        [
            "100644 with/.gitmodules", "100644 with/Makefile", "100644 with/sub/Makefile", "100644 with/sub/inner.c",
            "100644 without/.gitmodules", "100644 without/Makefile", "160000 without/sub",
        ]);
        LockFile.Load(_server.Bench.LockFile).Parts.Keys.ShouldContain("with/sub");
    }

    [Fact]
    public async Task Other_sources_stand_beside_and_in_place_of_projects()
    {
        Whole();
        _server.Add("mine", "mine.c");
        SourceItem[] items =
        [
            new(_server.Spec),
            new($"git:{_server.Daemon.Url("mine")}#main") { Path = "vendor/wlan" },
            new(_server.Spec) { Path = "second", Groups = ["ext"] },
        ];
        var source = await _server.Bench.FetchAsync(items, new BuildOptions());
        var files = _server.Files(source);
        files.ShouldContain("100644 vendor/wlan/mine.c");
        files.ShouldContain("100644 second/vendor/wlan/Makefile");
        files.ShouldContain("120000 second/WLAN -> vendor/wlan/Makefile");
        File.Exists(Path.ChangeExtension(_server.Bench.Project, ".second.manifest.xml")).ShouldBeTrue();
        _server.Bench.DeleteCache();
        (await _server.Bench.FetchAsync(items, new BuildOptions { Locked = true })).ShouldBe(source);
        _server.Daemon.Dispose();
        (await _server.Bench.FetchAsync(items, new BuildOptions { Locked = true, Offline = true })).ShouldBe(source);
    }

    [Fact]
    public async Task A_folder_of_this_machine_may_hold_the_manifest()
    {
        _server.Add("a");
        _server.Write("""<project name="a"/>""");
        var source = await _server.Bench.FetchAsync($"repo:../../vendor/manifest#default.xml@main");
        _server.Files(source).ShouldBe(["100644 a/Makefile"]);
    }

    [Theory]
    [InlineData("file:///etc")]
    [InlineData("ext::sh -c evil")]
    [InlineData("x:-u evil")]
    public async Task A_manifest_from_a_server_leads_to_no_folder_and_no_program_of_this_machine(string fetch)
    {
        _server.Add("a");
        var local = fetch.StartsWith("file:", StringComparison.Ordinal) ? "file://" + _server.Bench["vendor"] : fetch;
        _server.Manifests.Commit("default.xml", $"<manifest><remote name=\"o\" fetch=\"{local}\"/><project name=\"a\" remote=\"o\" revision=\"main\"/></manifest>");
        var error = await Should.ThrowAsync<KernelBuild.Diagnostics.DiagnosticException>(() => _server.FetchAsync());
        error.Diagnostics[0].Code.ShouldBe(local == fetch ? "KB1024" : "KB1007");
    }

    [Fact]
    public async Task One_lost_project_of_thirty_is_named_and_the_others_stay()
    {
        var names = Enumerable.Range(0, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"p{i:00}")).ToArray();
        foreach (var name in names)
        {
            // a commit of its own for each
            _server.Add(name, "Kbuild");
        }

        _server.Write(string.Concat(names.Select(name => $"<project name=\"{name}\" path=\"drivers/{name}\"/>")));
        var objects = _server.Bench["vendor/p17/.git/objects"];
        Directory.Move(objects, objects + ".gone");
        Directory.CreateDirectory(objects);
        var finding = await Findings.OfAsync("KB1007", () => _server.FetchAsync());
        finding.Message.ShouldContain("the project 'p17' in 'drivers/p17'");
        File.Exists(_server.Bench.LockFile).ShouldBeFalse();

        Directory.Delete(objects, recursive: true);
        Directory.Move(objects + ".gone", objects);
        _server.Bench.Log.Lines.Clear();
        var source = await _server.FetchAsync();
        _server.Files(source).Length.ShouldBe(60);
        _server.Bench.Log.Lines.Where(line => line.StartsWith("fetching ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain("/p17");
    }

    [Fact]
    public async Task A_hundred_projects_are_one_tree()
    {
        var names = Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"p{i:000}")).ToArray();
        var one = _server.Add(names[0], "a/b.c");
        foreach (var name in names.Skip(1))
        {
            Oracle.Git(_server.Bench["vendor"], "clone", "-q", "--bare", one.Folder, name);
            // a commit of its own for each
            var tree = Oracle.Git(_server.Bench["vendor/" + name], "rev-parse", "main^{tree}");
            var commit = Oracle.Git(_server.Bench["vendor/" + name], "commit-tree", tree, "-p", "main", "-m", name);
            Oracle.Git(_server.Bench["vendor/" + name], "update-ref", "refs/heads/main", commit);
        }

        _server.Write(string.Concat(names.Select(name => $"<project name=\"{name}\" path=\"modules/{name}\"/>")));
        var watch = Stopwatch.StartNew();
        var source = await _server.FetchAsync();
        TestContext.Current.SendDiagnosticMessage("100 projects: {0} s", watch.Elapsed.TotalSeconds);
        _server.Files(source).Length.ShouldBe(200);
        LockFile.Load(_server.Bench.LockFile).Parts.Count.ShouldBe(102);
        _server.Bench.Log.Steps.ShouldContain(step => step.StartsWith("100 of 100 projects", StringComparison.Ordinal));
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(2));
    }

    private async Task<IReadOnlyList<SourceRow>> ReportAsync() =>
        await new SourceReport(
            _server.Bench.Device(_server.Spec).SourceRequest, LockFile.Load(_server.Bench.LockFile), new BuildOptions(), _server.Bench.Cache,
            await _server.Bench.StoreAsync(), _server.Bench.Network, _server.Bench.Log)
            .ReadAsync(DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_report_has_each_project_and_says_which_moved()
    {
        Whole();
        (await ReportAsync()).ShouldHaveSingleItem().Lines.ShouldBe([("pinned", "no: nothing was built yet")]);
        await _server.FetchAsync();
        MoveOn("wlan");
        var rows = await ReportAsync();
        rows.Select(row => $"{row.Path} {row.HasMoved}").ShouldBe(
            [". ", ".repo/manifests False", "build False", "common False", "common/inner False", "vendor/wlan True"]);
        rows[0].Lines[0].ShouldBe(("pinned", "4 projects of the manifest, by demo.lock.json"));
        var locked = LockFile.Load(_server.Bench.LockFile).Parts["vendor/wlan"].Commit;
        rows[^1].Lines[0].ShouldBe(("pinned", $"refs/heads/main = {locked}, by demo.lock.json"));
        rows[^1].Lines.ShouldContain(("now", $"refs/heads/main is {Commit("wlan")}; --update-lock takes it"));
    }

    [Fact]
    public async Task Pruning_keeps_what_a_lock_names()
    {
        Whole();
        var source = await _server.FetchAsync();
        var store = await _server.Bench.StoreAsync();
        await StorePruning.RunAsync(
            store, _server.Bench.Cache, DateTime.UtcNow.AddDays(1), false, _server.Bench.Log, TestContext.Current.CancellationToken);
        _server.Daemon.Dispose();
        File.Delete(_server.LockedManifest);
        (await _server.FetchAsync(new BuildOptions { Locked = true })).ShouldBe(source);
        File.Delete(_server.Bench.LockFile);
        await StorePruning.RunAsync(
            store, _server.Bench.Cache, DateTime.UtcNow.AddDays(1), false, _server.Bench.Log, TestContext.Current.CancellationToken);
        _server.Bench.Git("for-each-ref").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_project_whose_server_cuts_is_tried_again()
    {
        _server.Add("a");
        var big = new VendorRepository(_server.Bench, "big", noise: 300_000);
        using var link = new FaultyLink(_server.Daemon.Port);
        link.Cuts.Enqueue(100_000_000);
        link.Cuts.Enqueue(60_000);
        _server.Write($"<remote name=\"p\" fetch=\"{link.Address(_server.Daemon.Url(""))}\"/><project name=\"a\"/><project name=\"big\" remote=\"p\"/>");
        var source = await _server.FetchAsync();
        _server.Bench.Git("rev-parse", source.Tree + ":big").ShouldBe(big.Tree("main"));
        _server.Bench.Log.Lines.ShouldContain(line => line.Contains("trying again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mirrors_of_the_manifest_have_its_projects_too()
    {
        Whole();
        var source = await _server.Bench.FetchAsync(new SourceItem("repo:git://127.0.0.1:1/manifest#default.xml@main")
        {
            Mirrors = [_server.Daemon.Url("manifest")],
        });
        source.Tree.ShouldBe((await _server.FetchAsync()).Tree);
    }

    [Fact]
    public async Task A_login_reaches_the_projects_and_no_file()
    {
        Whole();
        using var http = new GitHttpServer(_server.Bench["vendor"]) { Login = "ann:s3cr3t" };
        var source = await _server.Bench.FetchAsync($"repo:{http.Url("ann:s3cr3t", "manifest")}#default.xml@main");
        _server.Files(source).Length.ShouldBe(18);
        foreach (var text in (string[])[File.ReadAllText(_server.Bench.LockFile), File.ReadAllText(_server.LockedManifest),
            .. _server.Bench.Log.Lines, .. _server.Bench.Log.Steps])
        {
            text.ShouldNotContain("s3cr3t");
        }

        http.Seen.Count.ShouldBeGreaterThan(10);
        http.Seen.ShouldAllBe(request => !request.Split('\n')[0].Contains("s3cr3t", StringComparison.Ordinal));
    }
}
