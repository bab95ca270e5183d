using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>A branch that went on is told from one that was pushed by force; git's own merge-base is the judge of the cases.</summary>
public sealed class MovedRefs : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly string _vendor;
    private readonly string _first;
    private readonly string _locked;
    private readonly GitDaemon _daemon;
    private int _time = 1_700_000_000;

    public MovedRefs()
    {
        _vendor = _bench.Files.Folder("vendor/linux");
        Oracle.Git(_vendor, "init", "-q", "-b", "main");
        Oracle.Git(_vendor, "config", "uploadpack.allowFilter", "true");
        _first = Commit("one");
        _locked = Commit("two");
        _daemon = new GitDaemon(_bench["vendor"]);
    }

    public void Dispose()
    {
        _daemon.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_branch_that_went_on_is_so_many_commits_newer()
    {
        await _bench.FetchAsync(Main);
        Commit("three");
        Oracle.Git(_vendor, "checkout", "-q", "-b", "side", _first);
        Commit("of a side");
        Oracle.Git(_vendor, "checkout", "-q", "main");
        Oracle.Git(_vendor, "merge", "-q", "-s", "ours", "-m", "merge", "side");
        var now = Oracle.Git(_vendor, "rev-parse", "HEAD");
        var newer = Oracle.Git(_vendor, "rev-list", "--count", $"{_locked}..main");
        newer.ShouldBe("3");

        (await NowAsync()).ShouldBe($"main is {now}, 3 commits newer; --update-lock takes it");
        (await UpdateAsync()).ShouldBe(now);

        _bench.Log.Lines.ShouldContain("main: 3 commits newer");
        _bench.Log.Findings.ShouldNotContain(finding => finding.Code == DiagnosticCodes.RefForced);
        (await NowAsync()).ShouldBe("the same");
    }

    /// <summary>To a commit beside the locked one, and to one before it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_branch_that_was_pushed_by_force_is_a_warning_and_the_lock_still_builds(bool isRewritten)
    {
        await _bench.FetchAsync(Main);
        Oracle.Git(_vendor, "reset", "-q", "--hard", _first);
        var now = isRewritten ? Commit("another two") : _first;
        Oracle.Try(_vendor, "git", "merge-base", "--is-ancestor", _locked, "main").ExitCode.ShouldBe(1);

        (await NowAsync()).ShouldBe($"main is {now}, pushed by force: the locked commit is not in its history; --update-lock takes it");
        (await _bench.FetchAsync(Main)).Commit.ToString().ShouldBe(_locked);
        (await UpdateAsync()).ShouldBe(now);

        var finding = _bench.Log.Findings.Where(finding => finding.Code == DiagnosticCodes.RefForced).ShouldHaveSingleItem();
        finding.Severity.ShouldBe(DiagnosticSeverity.Warning);
        finding.Message.ShouldBe($"main was pushed by force: {_locked}, which was locked, is not in the history of {now}");
        finding.File.ShouldBe(_bench.LockFile);
    }

    [Fact]
    public async Task A_server_that_gives_no_history_without_files_is_not_asked_for_all_of_them()
    {
        await _bench.FetchAsync(Main);
        Oracle.Git(_vendor, "config", "uploadpack.allowFilter", "false");
        var now = Commit("three");
        (await NowAsync()).ShouldBe(
            $"main is {now}, whether the locked commit is in its history is not known: the server gives no history without its files; "
            + "--update-lock takes it");
        (await UpdateAsync()).ShouldBe(now);
        _bench.Log.Findings.ShouldNotContain(finding => finding.Code == DiagnosticCodes.RefForced);
    }

    [Fact]
    public async Task A_mirror_answers_for_a_server_that_cannot_and_a_store_without_the_commit_says_so()
    {
        await _bench.FetchAsync(Main);
        var now = Commit("three");
        Oracle.Git(_bench["vendor"], "clone", "-q", "--bare", "linux", "mirror");
        Oracle.Git(_bench["vendor/mirror"], "config", "uploadpack.allowFilter", "true");
        Oracle.Git(_vendor, "config", "uploadpack.allowFilter", "false");
        (await NowAsync(_daemon.Url("mirror"))).ShouldBe($"main is {now}, 1 commit newer; --update-lock takes it");

        _bench.DeleteCache();
        (await NowAsync()).ShouldContain("is not known: it is not in the store");
    }

    [Fact]
    public async Task An_annotated_tag_that_was_moved_is_told_too()
    {
        Oracle.Git(_vendor, "tag", "-a", "-m", "release", "v1");
        var spec = $"git:{_daemon.Url("linux")}#v1";
        await _bench.FetchAsync(spec);
        Oracle.Git(_vendor, "reset", "-q", "--hard", _first);
        var now = Commit("another two");
        Oracle.Git(_vendor, "tag", "-f", "-a", "-m", "release", "v1");

        (await _bench.FetchAsync(new SourceItem(spec), new BuildOptions { UpdateLock = true })).Commit.ToString().ShouldBe(now);

        _bench.Log.Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.RefForced);
    }

    private string Main => $"git:{_daemon.Url("linux")}#main";

    private async Task<string> UpdateAsync() =>
        (await _bench.FetchAsync(new SourceItem(Main), new BuildOptions { UpdateLock = true })).Commit.ToString();

    /// <summary>The report's word on what the ref is now.</summary>
    private async Task<string> NowAsync(params string[] mirrors)
    {
        var request = (_bench.Device("") with { KernelSource = new SourceItem(Main) { Mirrors = [.. mirrors] } }).SourceRequest;
        var rows = await new SourceReport(
            request, LockFile.Load(_bench.LockFile), new BuildOptions(), _bench.Cache, await _bench.StoreAsync(), _bench.Network, _bench.Log)
            .ReadAsync(DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);
        return rows[0].Lines.Single(line => line.Label == "now").Text;
    }

    /// <summary>At a time of its own: a second apart, as commits of people are.</summary>
    private string Commit(string makefile)
    {
        _bench.Files.Write("vendor/linux/Makefile", makefile + "\n");
        Oracle.Git(_vendor, "add", "-A");
        Oracle.Text(_vendor, "env", $"GIT_COMMITTER_DATE=@{_time++} +0000", "git", "commit", "-q", "-m", makefile);
        return Oracle.Git(_vendor, "rev-parse", "HEAD");
    }
}
