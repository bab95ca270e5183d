using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using KernelBuild.Artifacts;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Tests.Artifacts;

/// <summary>The stores over their real servers: a folder, nginx, Debian's docker-registry; damage in each of them.</summary>
public sealed class StoreServers : IDisposable
{
    private static readonly string _key = new('a', 64);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TestFolder _folder = new();
    private readonly List<Process> _servers = [];

    public void Dispose()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            server.WaitForExit();
            server.Dispose();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task A_folder_gives_back_what_was_put_and_tells_each_damage()
    {
        await RoundTripAsync(_folder["store"]);
        await DamageAsync(_folder["store"], _folder["store/blobs/sha256"]);
        // every byte of the entry counts
        var entry = _folder[$"store/entries/{_key}.json"];
        var bytes = File.ReadAllBytes(entry);
        for (var at = 0; at < bytes.Length; at += 7)
        {
            var flipped = bytes.ToArray();
            flipped[at] ^= 1;
            File.WriteAllBytes(entry, flipped);
            using var store = Open(_folder["store"]);
            var fetched = await store.FetchAsync(_key, _folder["flipped"], Token);
            if (fetched.Entry is not null)
            {
                // a blank of the layout: the content is the same
                fetched.Entry.ToBytes().ShouldBe(bytes, $"byte {at}");
            }
            else
            {
                fetched.Damage!.Code.ShouldBe(DiagnosticCodes.ArtifactEntryDamaged);
            }
        }
    }

    [FactWith("nginx")]
    public async Task A_web_server_with_WebDAV_does_too_and_the_login_reaches_no_message()
    {
        var port = Loopback.FreePort();
        _folder.Folder("dav");
        _folder.Write("passwords", "kernel:{PLAIN}secret%1\n");
        var configuration = _folder.Write("nginx.conf", $$"""
            daemon off;
            user root;
            pid {{_folder["nginx.pid"]}};
            error_log {{_folder["nginx.log"]}};
            events {}
            http {
                access_log off;
                client_body_temp_path {{_folder.Folder("body")}};
                server {
                    listen 127.0.0.1:{{port}};
                    root {{_folder["dav"]}};
                    client_max_body_size 0;
                    auth_basic store;
                    auth_basic_user_file {{_folder["passwords"]}};
                    location / { dav_methods PUT; create_full_put_path on; }
                }
            }
            """);
        Start("/usr/sbin/nginx", "-c", configuration);
        await UntilOpenAsync(port);
        var address = $"http://kernel:secret%251@127.0.0.1:{port}/store";
        await RoundTripAsync(address);
        await DamageAsync(address, _folder["dav/store/blobs/sha256"]);
        using var open = Open(address);
        open.Display.ShouldBe($"http://127.0.0.1:{port}/store");
        using var refused = Open($"http://kernel:wrongsecret@127.0.0.1:{port}/store");
        var error = await Should.ThrowAsync<DiagnosticException>(() => refused.FetchAsync(_key, _folder["x"], Token));
        error.Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.ArtifactStoreUnusable);
        error.ToString().ShouldContain("401");
        error.ToString().ShouldNotContain("wrongsecret");
    }

    [FactWith("docker-registry", "skopeo")]
    public async Task A_registry_holds_it_in_the_layout_that_skopeo_reads()
    {
        var port = await StartRegistryAsync("");
        var address = $"oci+http://127.0.0.1:{port}/kernels/cells";
        await RoundTripAsync(address);

        // the oracle reads manifest and blobs by the specification
        var layout = _folder["layout"];
        var image = $"docker://127.0.0.1:{port}/kernels/cells:{_key}";
        Oracle.Text(_folder.Path, "skopeo", "copy", "--src-tls-verify=false", image, $"oci:{layout}:cell");
        using var manifest = JsonDocument.Parse(
            Oracle.Text(_folder.Path, "skopeo", "inspect", "--raw", "--tls-verify=false", image));
        var layer = manifest.RootElement.GetProperty("layers").EnumerateArray().Single(one =>
            one.GetProperty("annotations").GetProperty("org.opencontainers.image.title").GetString() == "sub/Image");
        var blob = Path.Combine(layout, "blobs", layer.GetProperty("digest").GetString()!.Replace(':', '/'));
        File.ReadAllText(blob).ShouldBe("the kernel");
        manifest.RootElement.GetProperty("artifactType").GetString().ShouldBe(OciTransport.EntryType);

        // a registry checks digests on its own: a blob that was flipped on its disk must not come through
        var data = Directory.EnumerateFiles(_folder["registry"], "data", SearchOption.AllDirectories)
            .Single(file => File.ReadAllText(file) == "the kernel");
        File.WriteAllText(data, "the kernal");
        using var store = Open(address);
        (await store.FetchAsync(_key, _folder["damaged"], Token)).Damage.ShouldNotBeNull();
        Directory.Exists(_folder["damaged"]).ShouldBeFalse();
    }

    [FactWith("docker-registry", "skopeo", "openssl")]
    public async Task A_registry_that_wants_tokens_gets_them_for_the_login_of_the_address_or_of_skopeo_login()
    {
        using var tokens = new TokenServer(_folder, "kernel", "secret%1");
        var port = await StartRegistryAsync(
            $"auth: {{ token: {{ realm: {tokens.Realm}, service: kernels, issuer: {TokenServer.Issuer}, rootcertbundle: {tokens.Certificate} }} }}");
        await RoundTripAsync($"oci+http://kernel:secret%251@127.0.0.1:{port}/kernels/cells");
        tokens.Given.ShouldBeGreaterThan(0);

        // each action is asked for by itself: a token for pulling is changed for one that may push
        tokens.Asked.ShouldContain("repository:kernels/cells:pull");
        tokens.Asked.ShouldContain(scope => scope.Contains("push", StringComparison.Ordinal));

        using var none = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
        (await RefusedAsync(none)).ShouldContain("gives no token (401) without a login");
        using var wrong = Open($"oci+http://kernel:wrongsecret@127.0.0.1:{port}/kernels/cells");
        var error = await RefusedAsync(wrong);
        error.ShouldContain("gives no token (401) for this login");
        error.ShouldNotContain("wrongsecret");

        // the files that other programs write and read; the registry took the login from skopeo before it was kept
        var file = _folder["auth.json"];
        Oracle.Text(
            _folder.Path, "skopeo", "login", "--tls-verify=false", "--authfile", file, "-u", "kernel", "-p", "secret%1", $"127.0.0.1:{port}");
        await WithAsync("REGISTRY_AUTH_FILE", file, async () =>
        {
            using var store = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
            (await store.FetchAsync(_key, _folder["by-file"], Token)).Entry.ShouldNotBeNull();
        });
        var program = _folder.Script(
            "bin/docker-credential-vault",
            $$"""[ "$1" = get ] && [ "$(cat)" = 127.0.0.1:{{port}} ] && echo '{"ServerURL":"x","Username":"kernel","Secret":"secret%1"}'""");
        await WithAsync("PATH", $"{Path.GetDirectoryName(program)}:{Environment.GetEnvironmentVariable("PATH")}", () => WithAsync(
            "REGISTRY_AUTH_FILE", _folder.Write("helper.json", """{"credsStore":"vault"}"""), async () =>
            {
                using var store = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
                (await store.FetchAsync(_key, _folder["by-helper"], Token)).Entry.ShouldNotBeNull();
            }));
        var damaged = _folder.Write("damaged.json", LoginsOf($"127.0.0.1:{port}", "auth", "!"));
        await WithAsync("REGISTRY_AUTH_FILE", damaged, async () =>
        {
            using var store = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
            (await RefusedAsync(store)).ShouldContain("damaged.json");
        });

        var confused = _folder.Script("bin/docker-credential-confused", "echo '{\"Username\":\"kernel\"}'");
        await WithAsync("PATH", $"{Path.GetDirectoryName(confused)}:{Environment.GetEnvironmentVariable("PATH")}", () => WithAsync(
            "REGISTRY_AUTH_FILE", _folder.Write("confused.json", """{"credsStore":"confused"}"""), async () =>
            {
                using var store = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
                (await RefusedAsync(store)).ShouldContain("confused.json");
            }));

        // of the namespace, as a login can be
        var identity = _folder.Write("identity.json", LoginsOf($"127.0.0.1:{port}/kernels", "identitytoken", TokenServer.IdentityToken));
        await WithAsync("REGISTRY_AUTH_FILE", identity, async () =>
        {
            using var store = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
            (await store.FetchAsync(_key, _folder["by-identity"], Token)).Entry.ShouldNotBeNull();
        });
    }

    /// <summary>Each request is answered for itself: a token for pulling must not stand in for one that another request waits to push with.</summary>
    [FactWith("docker-registry", "openssl")]
    public async Task Requests_at_the_same_time_get_the_tokens_that_each_of_them_needs()
    {
        using var tokens = new TokenServer(_folder, "kernel", "secret");
        var port = await StartRegistryAsync(
            $"auth: {{ token: {{ realm: {tokens.Realm}, service: kernels, issuer: {TokenServer.Issuer}, rootcertbundle: {tokens.Certificate} }} }}");

        // slow enough that all of the first requests are refused before one has the login
        var helper = _folder.Script("bin/docker-credential-slow", """sleep 0.5; echo '{"Username":"kernel","Secret":"secret"}'""");
        var path = $"{Path.GetDirectoryName(helper)}:{Environment.GetEnvironmentVariable("PATH")}";
        var logins = _folder.Write("logins.json", """{"credsStore":"slow"}""");
        await WithAsync("PATH", path, () => WithAsync("REGISTRY_AUTH_FILE", logins, async () =>
        {
            using var store = Open($"oci+http://127.0.0.1:{port}/kernels/cells");
            await Parallel.ForEachAsync(Enumerable.Range(0, 48), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (number, _) =>
            {
                var key = Sha256Digest.Of([(byte)number]).ToString();
                _folder.Write($"made-{number}/Image", $"kernel {number}");
                (await store.FetchAsync(key, _folder[$"none-{number}"], Token)).ShouldBe(new FetchedEntry(null, null));
                await store.PutAsync(key, _folder[$"made-{number}"], ["Image"], [], replace: false, Token);
                (await store.FetchAsync(key, _folder[$"got-{number}"], Token)).Damage.ShouldBeNull();
                File.ReadAllText(_folder[$"got-{number}/Image"]).ShouldBe($"kernel {number}");
            });
        }));
    }

    private static string LoginsOf(string registry, string name, string value) => JsonSerializer.Serialize(
        new Dictionary<string, object> { ["auths"] = new Dictionary<string, object> { [registry] = new Dictionary<string, string> { [name] = value } } });

    [FactWith("npm:s3rver", "s3cmd")]
    public async Task A_bucket_of_S3_holds_it_and_s3cmd_reads_it()
    {
        var port = Loopback.FreePort();
        Start(
            CiPrograms.NodeProgram, CiPrograms.PathOf("s3rver/bin/s3rver.js"), "--directory", _folder.Folder("s3"), "--address", "127.0.0.1",
            "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--configure-bucket", "kernels", "--silent");
        await UntilOpenAsync(port);
        var endpoint = $"?endpoint=http://127.0.0.1:{port}";
        var address = $"s3://kernels/team/a{endpoint}";
        await WithAsync("AWS_ACCESS_KEY_ID", "S3RVER", () => WithAsync("AWS_SECRET_ACCESS_KEY", "S3RVER", async () =>
        {
            await RoundTripAsync(address);
            await DamageAsync(address, _folder["s3/kernels/team/a/blobs/sha256"]);
            using var open = Open(address);
            open.Display.ShouldBe("s3://kernels/team/a");
            using var absent = Open("s3://nowhere" + endpoint);
            (await RefusedAsync(absent)).ShouldContain("404 NoSuchBucket");
            using var nobody = Open($"s3://kernels?endpoint=http://127.0.0.1:{Loopback.FreePort()}");
            (await RefusedAsync(nobody)).ShouldContain("refused", Case.Insensitive);
        }));
        var login = _folder.Write("s3cfg", $"""
            [default]
            access_key = S3RVER
            secret_key = S3RVER
            host_base = 127.0.0.1:{port}
            host_bucket = 127.0.0.1:{port}
            use_https = False
            """);
        var digest = Sha256Digest.Of("the kernel"u8);
        Oracle.Text(_folder.Path, "s3cmd", "-c", login, "--no-progress", "-q", "get", $"s3://kernels/team/a/blobs/sha256/{digest}", "got");
        File.ReadAllText(_folder["got"]).ShouldBe("the kernel");

        // in processes of their own, as a process looks for its keys once
        var wrong = Refused(address, "AWS_ACCESS_KEY_ID=nobody", "AWS_SECRET_ACCESS_KEY=wrongsecret");
        wrong.ShouldContain("403 InvalidAccessKeyId");
        wrong.ShouldNotContain("wrongsecret");
        Refused(address, "AWS_EC2_METADATA_DISABLED=true", "HOME=/nowhere").ShouldContain("credentials", Case.Insensitive);
    }

    private string Refused(string address, params string[] variables)
    {
        var (exitCode, _, errors) = Oracle.Try(
            _folder.Path, "env", [.. variables, "timeout", "60", DummyProgram.Path, "store", address, "1", "1", _folder.Folder("client")]);
        exitCode.ShouldNotBe(0);
        errors.ShouldContain(DiagnosticCodes.ArtifactStoreUnusable);
        return errors;
    }

    [Theory]
    [InlineData("ftp://host/x")]
    [InlineData("s3://")]
    [InlineData("s3://key:secret@bucket")]
    [InlineData("s3://bucket?endpoint=host")]
    [InlineData("s3://bucket?endpoint=")]
    [InlineData("s3://bucket?acl=public")]
    [InlineData("oci://host")]
    public void An_address_of_another_form_is_refused(string address) => Should.Throw<DiagnosticException>(() => Open(address))
        .Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.ArtifactStoreUnusable);

    private async Task RoundTripAsync(string address)
    {
        _folder.Write("made/sub/Image", "the kernel");
        _folder.Write("made/manifest.json", "{}");
        using var store = Open(address);
        (await store.FetchAsync(_key, _folder["absent"], Token)).ShouldBe(new FetchedEntry(null, null));
        var facts = new Dictionary<string, string> { ["host"] = "here" };
        await store.PutAsync(_key, _folder["made"], ["sub/Image", "manifest.json"], facts, replace: false, Token);
        var fetched = await store.FetchAsync(_key, _folder["fetched"], Token);
        fetched.Damage.ShouldBeNull();
        fetched.Entry!.Facts["host"].ShouldBe("here");
        Oracle.Text(_folder.Path, "diff", "-r", "made", "fetched").ShouldBeEmpty();
    }

    private async Task DamageAsync(string address, string blobs)
    {
        using var store = Open(address);
        var blob = Directory.GetFiles(blobs).Single(file => File.ReadAllText(file) == "the kernel");
        File.WriteAllText(blob, "the kernal");
        var damaged = await store.FetchAsync(_key, _folder["target"], Token);
        damaged.Entry.ShouldBeNull();
        damaged.Damage!.ToString().ShouldContain("the blob of sub/Image has another SHA-256 than its name");
        Directory.Exists(_folder["target"]).ShouldBeFalse();
        File.Delete(blob);
        (await store.FetchAsync(_key, _folder["target"], Token)).Damage!.ToString().ShouldContain("is not there");
        await store.PutAsync(_key, _folder["made"], ["sub/Image", "manifest.json"], [], replace: true, Token);
        (await store.FetchAsync(_key, _folder["target"], Token)).Damage.ShouldBeNull();
    }

    private async Task<string> RefusedAsync(ArtifactStore store)
    {
        var error = await Should.ThrowAsync<DiagnosticException>(() => store.FetchAsync(_key, _folder["x"], Token));
        error.Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.ArtifactStoreUnusable);
        return error.ToString();
    }

    private static async Task WithAsync(string variable, string value, Func<Task> action)
    {
        var before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            await action();
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }
    }

    private ArtifactStore Open(string address) => StoreAddress.Open(address, new CacheFolder(_folder.Path));

    private void Start(string program, params string[] arguments) =>
        _servers.Add(Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder.Path })!);

    /// <summary>Debian's registry on a port of its own, its blobs below registry/.</summary>
    private async Task<int> StartRegistryAsync(string authorization)
    {
        var port = Loopback.FreePort();
        Start("docker-registry", "serve", _folder.Write("registry.yml", $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage: { filesystem: { rootdirectory: {{_folder["registry"]}} } }
            http: { addr: 127.0.0.1:{{port}} }
            {{authorization}}
            """));
        await UntilOpenAsync(port);
        return port;
    }

    private static async Task UntilOpenAsync(int port) => await DummyProgram.UntilAsync(
        () =>
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        $"nothing listens at {port}");
}
