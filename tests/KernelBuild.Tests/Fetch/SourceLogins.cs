using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>Servers that want to know who asks, and where what they are told must not show up.</summary>
public sealed class SourceLogins : IDisposable
{
    private const string Login = "ann:s3cr3t/p@ss";
    private const string InUrl = "ann:s3cr3t%2Fp%40ss";

    private readonly TestDevice _bench = new();
    private readonly VendorRepository _vendor;
    private readonly GitHttpServer _server;
    private readonly string _archive;
    private readonly Sha256Digest _digest;

    public SourceLogins()
    {
        _vendor = new VendorRepository(_bench, "linux");
        _archive = _bench["vendor/linux.tar"];
        Oracle.Git(_vendor.Folder, "archive", "--prefix=linux/", "-o", _archive, "HEAD");
        _digest = Sha256Digest.Of(File.ReadAllBytes(_archive));
        _server = new GitHttpServer(_bench["vendor"]) { Login = Login };
        _bench.Network = _bench.Network with { Environment = _bench.Network.Environment.SetItem("HOME", _bench.Files.Folder("home")).Remove("NETRC") };
    }

    private void NothingShowsIt()
    {
        var said = string.Join('\n', [.. _bench.Log.Lines, .. _bench.Log.Steps, .. _bench.Log.Findings.Select(finding => finding.ToString())]);
        foreach (var secret in (string[])["s3cr3t", "ann", "t0ken"])
        {
            said.ShouldNotContain(secret);
            if (File.Exists(_bench.LockFile))
            {
                File.ReadAllText(_bench.LockFile).ShouldNotContain(secret);
            }

            Oracle.Try(_bench.Files.Path, "grep", "-rqs", secret, _bench.Cache.Store + "/config", _bench.Cache.Path + "/trees", _bench.Folders.Work)
                .ExitCode.ShouldNotBe(0);
        }
    }

    [Theory]
    [InlineData("main")]
    [InlineData("")]
    public async Task User_and_password_of_a_URL_open_a_repository_and_stay_in_the_project(string revision)
    {
        var spec = $"git:{_server.Url(InUrl, "linux")}#{(revision.Length > 0 ? revision : _vendor.First)}";
        var source = await _bench.FetchAsync(spec);
        source.Commit.ToString().ShouldBe(_vendor.First);
        source.Spec.ShouldBe(spec.Replace(InUrl + "@", "", StringComparison.Ordinal));
        NothingShowsIt();
        // the lock is of the same source, whoever's login stands in the project
        _bench.DeleteCache();
        var other = spec.Replace(InUrl, InUrl.ToUpperInvariant(), StringComparison.Ordinal);
        await Findings.OfAsync("KB1007", () => _bench.FetchAsync(other, locked: true));
        (await _bench.FetchAsync(spec, locked: true)).ShouldBe(source);
    }

    [Fact]
    public async Task A_login_that_the_server_refuses_is_in_no_message()
    {
        var finding = await Findings.OfAsync("KB1007", () => _bench.FetchAsync($"git:{_server.Url("ann:t0ken-s3cr3t", "linux")}#main"));
        (finding + string.Join('\n', finding.Details)).ShouldNotContain("s3cr3t");
        finding.Fix.ShouldContain("~/.netrc");
        finding = await Findings.OfAsync(
            "KB1003", () => _bench.FetchAsync($"archive:{_server.Url("ann:t0ken-s3cr3t", "linux.tar")}#sha256={_digest}"));
        (finding + string.Join('\n', finding.Details)).ShouldNotContain("s3cr3t");
        finding.Fix.ShouldContain("~/.netrc");
        NothingShowsIt();
    }

    [Fact]
    public async Task A_netrc_opens_repositories_and_archives()
    {
        _bench.Files.Write("home/.netrc", "machine example.org login x password y\nmachine 127.0.0.1\n  login ann\n  password s3cr3t/p@ss\n");
        (await _bench.FetchAsync($"git:{_server.Url("linux")}#main")).Commit.ToString().ShouldBe(_vendor.First);
        (await _bench.FetchAsync($"archive:{_server.Url("linux.tar")}#sha256={_digest}")).Tree.ToString().ShouldBe(_vendor.Tree(_vendor.First));
        NothingShowsIt();
    }

    [Fact]
    public async Task A_credential_helper_of_git_opens_repositories_and_archives()
    {
        _bench.Files.Write("home/.gitconfig", $"[credential]\n\thelper = store --file={_bench["home/logins"]}\n");
        _bench.Files.Write("home/logins", $"http://{InUrl}@127.0.0.1:{_server.Port}\n");
        (await _bench.FetchAsync($"git:{_server.Url("linux")}#main")).Commit.ToString().ShouldBe(_vendor.First);
        (await _bench.FetchAsync($"archive:{_server.Url("linux.tar")}#sha256={_digest}")).Tree.ToString().ShouldBe(_vendor.Tree(_vendor.First));
        NothingShowsIt();
    }

    [Fact]
    public async Task A_URL_with_a_user_alone_takes_the_password_from_a_helper()
    {
        _bench.Files.Write("home/.gitconfig", $"[credential]\n\thelper = store --file={_bench["home/logins"]}\n");
        _bench.Files.Write("home/logins", $"http://bob:wrong@127.0.0.1:{_server.Port}\nhttp://{InUrl}@127.0.0.1:{_server.Port}\n");
        (await _bench.FetchAsync($"git:{_server.Url("ann", "linux")}#main")).Commit.ToString().ShouldBe(_vendor.First);
        (await _bench.FetchAsync($"archive:{_server.Url("ann", "linux.tar")}#sha256={_digest}")).Tree.ToString()
            .ShouldBe(_vendor.Tree(_vendor.First));
        NothingShowsIt();
    }

    [Fact]
    public async Task User_and_password_of_a_URL_open_an_archive()
    {
        var source = await _bench.FetchAsync($"archive:{_server.Url(InUrl, "linux.tar")}?private_token=t0ken#sha256={_digest}");
        source.Tree.ToString().ShouldBe(_vendor.Tree(_vendor.First));
        _server.Seen.ShouldContain(request => request.Contains("private_token=t0ken", StringComparison.Ordinal));
        source.Spec.ShouldBe($"archive:{_server.Url("linux.tar")}?private_token=…#sha256={_digest}");
        NothingShowsIt();
    }

    [Fact]
    public async Task Settings_of_the_user_lead_to_the_server()
    {
        _bench.Files.Write("home/.gitconfig", $"[url \"{_server.Url(InUrl, "")}\"]\n\tinsteadOf = https://git.example.org/\n");
        (await _bench.FetchAsync("git:https://git.example.org/linux#main")).Commit.ToString().ShouldBe(_vendor.First);
    }

    [Fact]
    public async Task A_lock_file_of_an_older_version_is_cleaned()
    {
        var spec = $"git:{_server.Url(InUrl, "linux")}#main";
        var source = await _bench.FetchAsync(spec);
        var lockFile = LockFile.Load(_bench.LockFile);
        lockFile.Source = source with { Spec = spec };
        lockFile.Save();
        (await _bench.FetchAsync(new SourceItem(spec), new BuildOptions { Offline = true })).ShouldBe(source);
        (await File.ReadAllTextAsync(_bench.LockFile, TestContext.Current.CancellationToken)).ShouldNotContain("s3cr3t");
        _bench.Log.Findings.ShouldContain(finding => finding.Code == "KB1021" && finding.Fix!.Contains("revoke", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("git:https://ann:s3cr3t@example.org/linux", "git:https://example.org/linux")]
    [InlineData("git:https://s3cr3t@example.org/linux#", "git:https://example.org/linux#")]
    [InlineData("git:https://ann:s3cr3t/x@example.org/linux#main", "git:https://example.org/linux#main")]
    [InlineData("git:ssh://ann:s3cr3t@example.org/linux#main", "git:ssh://example.org/linux#main")]
    [InlineData("archive:ftp://ann:s3cr3t@example.org/linux.tar", "archive:ftp://example.org/linux.tar")]
    [InlineData("archive:https://example.org/linux.tar?X-Amz-Signature=s3cr3t&ref=v6", "archive:https://example.org/linux.tar?X-Amz-Signature=…&ref=v6")]
    public void A_spec_that_cannot_be_read_is_shown_without_its_secret(string text, string shown)
    {
        var finding = Findings.Of("KB1001", () => KernelSourceSpec.Parse(text, "/repo"));
        finding.Message.ShouldContain($"'{shown}'");
        finding.ToString().ShouldNotContain("s3cr3t");
    }

    [Theory]
    [InlineData("git@example.org:linux.git", "git@example.org:linux.git")]
    [InlineData("ann@example.org:linux.git", "example.org:linux.git")]
    [InlineData("ssh://git@example.org:22/linux.git", "ssh://git@example.org:22/linux.git")]
    [InlineData("ssh://ann@example.org/linux.git", "ssh://example.org/linux.git")]
    [InlineData("https://example.org/@scope/linux.git", "https://example.org/@scope/linux.git")]
    [InlineData("https://example.org:8443/a@b/linux.git", "https://example.org:8443/a@b/linux.git")]
    [InlineData("file:///srv/a@b/linux", "file:///srv/a@b/linux")]
    [InlineData("https://git.kernel.org/linux.git/snapshot/x.tar.gz?h=v6.1&id=1", "https://git.kernel.org/linux.git/snapshot/x.tar.gz?h=v6.1&id=1")]
    [InlineData("https://example.org/SM.zip#sha256=0&member=Kernel.tar.gz", "https://example.org/SM.zip#sha256=0&member=Kernel.tar.gz")]
    [InlineData("https://example.org/SM.zip?t=1&key=2#sha256=0&member=K", "https://example.org/SM.zip?t=…&key=…#sha256=0&member=K")]
    public void What_is_no_secret_stays(string url, string shown) => SourceAddress.Parse(url).Display.ShouldBe(shown);

    [Theory]
    [InlineData("machine example.org login ann password p", null, "ann")]
    [InlineData("machine other login x password y\nmachine EXAMPLE.org login ann password p # note", null, "ann")]
    [InlineData("default login anon password p", null, "anon")]
    [InlineData("machine example.org login bob password q machine example.org login ann password p", "ann", "ann")]
    [InlineData("macdef init\nmachine example.org login no password no\n\nmachine example.org login ann password p", null, "ann")]
    [InlineData("machine example.org login \"ann lee\" account z password p", null, "ann lee")]
    [InlineData("# machine example.org login no password no\nmachine example.org password p login ann", null, "ann")]
    [InlineData("machine example.org login bob password q", "ann", null)]
    [InlineData("machine example.org login ann", null, null)]
    [InlineData("machine", null, null)]
    [InlineData("", null, null)]
    public void Netrc_is_read_as_curl_reads_it(string text, string? user, string? expected)
    {
        var environment = _bench.Network.Environment.SetItem("HOME", _bench.Files.Folder("netrc"));
        _bench.Files.Write("netrc/.netrc", text);
        NetRc.Find(environment, "example.org", user)?.User.ShouldBe(expected);
        (NetRc.Find(environment, "example.org", user) is null).ShouldBe(expected is null);
    }

    public void Dispose()
    {
        _server.Dispose();
        _bench.Dispose();
    }
}
