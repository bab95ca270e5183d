using KernelBuild.Fetch;
using KernelBuild.Git.Objects;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

public sealed class GitSources : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly string _vendor;
    private readonly string _first;
    private readonly string _second;
    private readonly GitDaemon _daemon;

    public GitSources()
    {
        _vendor = _bench.Files.Folder("vendor/linux");
        Oracle.Git(_vendor, "init", "-q");
        _first = Commit("VERSION = 1\n");
        Oracle.Git(_vendor, "tag", "v1");
        Oracle.Git(_vendor, "tag", "-a", "-m", "signed off", "v1-annotated");
        _second = Commit("VERSION = 2\n");
        Oracle.Git(_vendor, "branch", "android/14");
        Oracle.Git(_vendor, "tag", "main-tag");
        _daemon = new GitDaemon(_bench["vendor"]);
    }

    private string Daemon(string revision) => $"git:{_daemon.Url("linux")}#{revision}";

    private string Commit(string makefile)
    {
        _bench.Files.Write("vendor/linux/Makefile", makefile);
        Oracle.Git(_vendor, "add", "-A");
        Oracle.Git(_vendor, "commit", "-q", "-m", makefile.Trim());
        return Oracle.Git(_vendor, "rev-parse", "HEAD");
    }

    private void Is(LockedSource source, string commit)
    {
        source.Commit.ToString().ShouldBe(commit);
        source.Tree.ToString().ShouldBe(Oracle.Git(_vendor, "rev-parse", commit + "^{tree}"));
        _bench.Git("cat-file", "-t", commit).ShouldBe("commit");
    }

    [Theory]
    [InlineData("main", 2)]
    [InlineData("android/14", 2)]
    [InlineData("refs/heads/main", 2)]
    [InlineData("v1", 1)]
    [InlineData("v1-annotated", 1)]
    [InlineData("refs/tags/v1-annotated", 1)]
    [InlineData("HEAD", 2)]
    public async Task A_ref_is_resolved_and_locked(string revision, int expected)
    {
        var commit = expected == 1 ? _first : _second;
        Is(await _bench.FetchAsync(Daemon(revision)), commit);
        LockFile.Load(_bench.LockFile).Source!.Commit.ToString().ShouldBe(commit);
    }

    [Fact]
    public async Task A_full_commit_id_that_no_ref_names_is_fetched_from_any_server()
    {
        var third = Commit("VERSION = 3\n");
        Oracle.Git(_vendor, "reset", "-q", "--hard", _second);
        Is(await _bench.FetchAsync(Daemon(third)), third);
        _bench.DeleteCache();
        Is(await _bench.FetchAsync($"git:{_vendor}#{third}"), third);
    }

    [Fact]
    public async Task A_server_that_has_lost_an_object_is_an_error_in_its_words_without_lines_of_progress()
    {
        var blob = Oracle.Git(_vendor, "rev-parse", _second + ":Makefile");
        File.Delete(Path.Combine(_vendor, ".git", "objects", blob[..2], blob[2..]));
        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Daemon(_second)));
        finding.Details.ShouldContain(line => line.Contains("unable to read " + blob, StringComparison.Ordinal));
        finding.Details.ShouldNotContain(line => line.Contains("objects:", StringComparison.Ordinal) || line.Contains('%', StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_full_id_of_a_tag_stands_for_its_commit()
    {
        var tag = Oracle.Git(_vendor, "rev-parse", "v1-annotated");
        tag.ShouldNotBe(_first);
        Is(await _bench.FetchAsync(Daemon(tag)), _first);
    }

    [Fact]
    public async Task A_file_URL_and_a_folder_are_repositories_too()
    {
        Is(await _bench.FetchAsync($"git:file://{_vendor}#main"), _second);
        Is(await _bench.FetchAsync("git:../../vendor/linux#v1"), _first);
    }

    [Fact]
    public async Task The_store_gets_no_history()
    {
        await _bench.FetchAsync(Daemon("main"));
        _bench.Git("rev-list", "--count", _second).ShouldBe("1");
        Oracle.Try(_bench.Files.Path, "git", "--git-dir=" + _bench.Cache.Store, "cat-file", "-e", _first).ExitCode.ShouldNotBe(0);
        _bench.Git("fsck", "--full", "--strict");
    }

    [Fact]
    public async Task Two_commits_of_one_server_live_in_one_store()
    {
        Is(await _bench.FetchAsync(Daemon("v1")), _first);
        Is(await _bench.FetchAsync(Daemon("main")), _second);
        _bench.Git("fsck", "--full", "--strict");
    }

    [Theory]
    [InlineData("no-such-branch")]
    [InlineData("v*")]
    [InlineData("14")]
    public async Task A_ref_that_is_not_there_is_KB1002(string revision) =>
        (await Findings.OfAsync("KB1002", () => _bench.FetchAsync(Daemon(revision)))).Message.ShouldContain(revision);

    [Fact]
    public async Task A_commit_that_is_not_there_is_KB1007() =>
        await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Daemon(new string('1', 40))));

    [Fact]
    public async Task A_server_that_does_not_answer_is_KB1007()
    {
        var spec = Daemon("main");
        _daemon.Dispose();
        (await Findings.OfAsync("KB1007", () => _bench.FetchAsync(spec))).Details.ShouldNotBeEmpty();
        await Findings.OfAsync("KB1007", () => _bench.FetchAsync(spec[..spec.IndexOf('#', StringComparison.Ordinal)] + "#" + _first));
        await Findings.OfAsync("KB1007", () => _bench.FetchAsync("git:nothing-here#main"));
    }

    [Fact]
    public async Task After_a_force_push_the_locked_commit_is_built()
    {
        Is(await _bench.FetchAsync(Daemon("main")), _second);
        Oracle.Git(_vendor, "reset", "-q", "--hard", _first);
        var forced = Commit("VERSION = forced\n");
        Is(await _bench.FetchAsync(Daemon("main")), _second);
        // on another machine, as long as the server still has it
        _bench.DeleteCache();
        Is(await _bench.FetchAsync(Daemon("main"), locked: true), _second);
        File.Delete(_bench.LockFile);
        Is(await _bench.FetchAsync(Daemon("main")), forced);
    }

    [Fact]
    public async Task A_locked_commit_that_the_server_has_dropped_is_KB1007()
    {
        await _bench.FetchAsync(Daemon("android/14"));
        _bench.DeleteCache();
        Oracle.Git(_vendor, "reset", "-q", "--hard", _first);
        Oracle.Git(_vendor, "branch", "-f", "android/14", _first);
        Oracle.Git(_vendor, "tag", "-d", "main-tag");
        Oracle.Git(_vendor, "reflog", "expire", "--expire=now", "--all");
        Oracle.Git(_vendor, "gc", "-q", "--prune=now");
        (await Findings.OfAsync("KB1007", () => _bench.FetchAsync(Daemon("android/14")))).Message.ShouldContain(_second);
    }

    [Fact]
    public async Task Under_locked_a_source_without_a_lock_is_KB1010()
    {
        await Findings.OfAsync("KB1010", () => _bench.FetchAsync(Daemon("main"), locked: true));
        await _bench.FetchAsync(Daemon("main"));
        Is(await _bench.FetchAsync(Daemon("main"), locked: true), _second);
        await Findings.OfAsync("KB1010", () => _bench.FetchAsync(Daemon("v1"), locked: true));
    }

    [Fact]
    public async Task A_locked_source_needs_no_network()
    {
        await _bench.FetchAsync(Daemon("main"));
        var spec = Daemon("main");
        _daemon.Dispose();
        Is(await _bench.FetchAsync(spec), _second);
    }

    [Fact]
    public async Task A_lock_with_another_tree_is_KB1004()
    {
        var source = await _bench.FetchAsync(Daemon("main"));
        var lockFile = LockFile.Load(_bench.LockFile);
        lockFile.Source = source with { Tree = GitObjectId.Parse(new string('1', 40)) };
        lockFile.Save();
        (await Findings.OfAsync("KB1004", () => _bench.FetchAsync(Daemon("main")))).File.ShouldBe(_bench.LockFile);
    }

    public void Dispose()
    {
        _daemon.Dispose();
        _bench.Dispose();
    }
}
