using System.Globalization;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Devices;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Fetch;

/// <summary>Sources from servers as companies run them: nginx before git's http-backend, and OpenSSH.</summary>
public sealed class RealServers : IDisposable
{
    private const string Login = "ann:s3cr3t-pass";

    private readonly TestDevice _bench = new();
    private readonly VendorRepository _vendor;

    public RealServers()
    {
        _vendor = new VendorRepository(_bench, "linux");
        Oracle.Git(_vendor.Folder, "config", "uploadpack.allowFilter", "true");
        Oracle.Git(_vendor.Folder, "archive", "--prefix=linux/", "-o", _bench["vendor/linux.tar"], "HEAD");
        _bench.Network = _bench.Network with { Environment = _bench.Network.Environment.SetItem("HOME", _bench.Files.Folder("home")).Remove("NETRC") };
    }

    private Sha256Digest Archive => Sha256Digest.Of(File.ReadAllBytes(_bench["vendor/linux.tar"]));

    public void Dispose() => _bench.Dispose();

    [FactWith("nginx", "fcgiwrap", "openssl")]
    public async Task Nginx_gives_refs_commits_and_archives_to_who_has_the_login()
    {
        using var other = new GitHttpServer(_bench["vendor"]);
        using var nginx = new NginxServer(_bench["vendor"], Login, other.Url(""));

        (await Findings.OfAsync("KB1007", () => _bench.FetchAsync($"git:{nginx.Url("git/linux", "ann:wrong")}#main"))).Fix.ShouldContain("~/.netrc");
        (await Findings.OfAsync("KB1003", () => _bench.FetchAsync($"archive:{nginx.Url("files/linux.tar")}#sha256={Archive}"))).Fix
            .ShouldContain("~/.netrc");

        (await _bench.FetchAsync($"git:{nginx.Url("git/linux", Login)}#main")).Commit.ToString().ShouldBe(_vendor.First);
        _bench.DeleteCache();
        (await _bench.FetchAsync($"git:{nginx.Url("git/linux", Login)}#{_vendor.First}")).Commit.ToString().ShouldBe(_vendor.First);
        (await _bench.FetchAsync($"archive:{nginx.Url("files/linux.tar", Login)}#sha256={Archive}")).Tree.ToString()
            .ShouldBe(_vendor.Tree(_vendor.First));
        nginx.Requests.ShouldContain(line => line.Contains("- ann [", StringComparison.Ordinal) && line.Contains("git-upload-pack", StringComparison.Ordinal));
    }

    /// <summary>The login is for the server that stands in the project, and not for the one that it leads to.</summary>
    [FactWith("nginx", "fcgiwrap", "openssl")]
    public async Task A_login_does_not_follow_a_redirection_to_another_server()
    {
        using var other = new GitHttpServer(_bench["vendor"]);
        using var nginx = new NginxServer(_bench["vendor"], Login, other.Url(""));

        (await _bench.FetchAsync($"git:{nginx.Url("moved/linux", Login)}#main")).Commit.ToString().ShouldBe(_vendor.First);
        (await _bench.FetchAsync($"archive:{nginx.Url("moved/linux.tar", Login)}?private_token=t0ken#sha256={Archive}")).Tree.ToString()
            .ShouldBe(_vendor.Tree(_vendor.First));
        NobodyWasTold(other);

        // from ~/.netrc, which has a line for the first server only, and to one that asks
        _bench.DeleteCache();
        _bench.Files.Write("home/.netrc", "machine localhost login ann password s3cr3t-pass\n");
        using var asks = new GitHttpServer(_bench["vendor"]) { Login = Login };
        using var leads = new NginxServer(_bench["vendor"], Login, asks.Url(""));
        var named = leads.Url("moved/linux.tar").Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        await Findings.OfAsync("KB1003", () => _bench.FetchAsync($"archive:{named}#sha256={Archive}"));
        await Findings.OfAsync(
            "KB1007", () => _bench.FetchAsync($"git:{named.Replace(".tar", "", StringComparison.Ordinal)}#main"));
        NobodyWasTold(asks);
    }

    /// <summary>A manifest's projects on another server than the manifest get no login of the manifest's.</summary>
    [Fact]
    public async Task A_login_for_a_manifests_server_is_not_for_the_servers_of_its_projects()
    {
        using var other = new GitHttpServer(_bench["vendor"]);
        using var own = new GitHttpServer(_bench["vendor"]) { Login = Login };
        var manifest = _bench.Files.Folder("vendor/manifest");
        Oracle.Git(manifest, "init", "-q", "-b", "main");
        _bench.Files.Write("vendor/manifest/default.xml", $"""
            <manifest>
              <remote name="far" fetch="{other.Url("")}" />
              <default remote="far" revision="main" />
              <project name="linux" path="common" />
            </manifest>
            """);
        Oracle.Git(manifest, "add", "-A");
        Oracle.Git(manifest, "commit", "-q", "-m", "m");

        await _bench.FetchAsync($"repo:{own.Url(Login, "manifest")}#default.xml@main");

        own.Seen.ShouldContain(request => request.Contains("Authorization: Basic", StringComparison.Ordinal));
        NobodyWasTold(other);
    }

    [FactWith("ssh", "sshd")]
    public async Task Ssh_gives_refs_and_commits_in_both_forms_of_its_URL()
    {
        using var server = new SshServer(_bench.Files, "/", "/usr/bin");
        var environment = _bench.Network.Environment;
        _bench.Network = _bench.Network with
        {
            Environment = environment.SetItem("PATH", server.Programs + ":" + environment.GetValueOrDefault("PATH")),
        };

        (await _bench.FetchAsync($"git:ssh://{SshServer.Host}{_vendor.Folder}#main")).Commit.ToString().ShouldBe(_vendor.First);
        _bench.DeleteCache();
        (await _bench.FetchAsync($"git:{SshServer.Host}:{_vendor.Folder}#{_vendor.First}")).Commit.ToString().ShouldBe(_vendor.First);
        (await Findings.OfAsync("KB1007", () => _bench.FetchAsync($"git:ssh://{SshServer.Host}/nowhere#main"))).Details
            .ShouldContain(line => line.Contains("does not appear to be a git repository", StringComparison.Ordinal));

        // no question is asked, and what ssh says is in the error
        _bench.Files.Write("ssh/known_hosts", "");
        (await Findings.OfAsync("KB1007", () => _bench.FetchAsync($"git:ssh://{SshServer.Host}{_vendor.Folder}#other"))).Details
            .ShouldContain(line => line.Contains("Host key verification failed", StringComparison.Ordinal));
    }

    private static void NobodyWasTold(GitHttpServer server)
    {
        server.Requests.ShouldBeGreaterThan(0);
        server.Seen.ShouldAllBe(request => !request.Contains("Authorization", StringComparison.OrdinalIgnoreCase)
            && !request.Contains("s3cr3t", StringComparison.Ordinal));
    }
}
