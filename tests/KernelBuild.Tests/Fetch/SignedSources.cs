using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>SigningKey: tags and commits signed by gpg and ssh-keygen, archives as kernel.org signs them.</summary>
public sealed class SignedSources : IDisposable
{
    private readonly TestDevice _bench = new();
    private readonly OpenPgpKey _key;
    private readonly VendorRepository _vendor;

    public SignedSources()
    {
        _key = new OpenPgpKey(_bench.Files, "linus");
        _vendor = new VendorRepository(_bench, "linux");
    }

    private SourceItem Git(string revision, params string[] keys) =>
        new($"git:{_vendor.Folder}#{revision}") { SigningKeys = [.. keys.Length > 0 ? keys : [_key.PublicKey]] };

    private void SignTag(string name, OpenPgpKey? key = null) => (key ?? _key).Git(_vendor.Folder, "tag", "-s", "-m", name, name);

    private async Task<string> ReportAsync(SourceItem item)
    {
        var request = (_bench.Device("") with { KernelSource = item }).SourceRequest;
        var rows = await new SourceReport(
            request, LockFile.Load(_bench.LockFile), new BuildOptions { Offline = true }, _bench.Cache, await _bench.StoreAsync(), _bench.Network, _bench.Log)
            .ReadAsync(DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);
        return rows[0].Lines.Single(line => line.Label == "vouched for by").Text;
    }

    private async Task<string> RefusedAsync(SourceItem item, BuildOptions? options = null)
    {
        var finding = await Findings.OfAsync("KB1027", () => _bench.FetchAsync(item, options ?? new BuildOptions()));
        return finding.Message;
    }

    [FactWith("gpg")]
    public async Task A_signed_tag_is_checked_once_and_on_every_machine()
    {
        SignTag("v6.1");
        var item = Git("v6.1");
        var source = await _bench.FetchAsync(item);
        source.Commit.ToString().ShouldBe(_vendor.First);
        (await ReportAsync(item)).ShouldBe($"linus <linus@example.org>, key {_key.Fingerprint}, by the tag v6.1");

        // the manifest names who signed
        var request = (_bench.Device("") with { KernelSource = item }).SourceRequest;
        var signature = ManifestParts.Signatures(request, LockFile.Load(_bench.LockFile), _bench.Cache).ShouldNotBeNull().ShouldHaveSingleItem();
        signature.ShouldBe(new ManifestSignature(".", "the tag v6.1", "linus <linus@example.org>", _key.Fingerprint, KeyExpired: false));
        ManifestParts.Signatures(request with { Kernel = Git("v6.1") with { SigningKeys = [] } }, LockFile.Load(_bench.LockFile), _bench.Cache).ShouldBeNull();

        // the second build asks nobody: neither gpg nor the server
        var vendor = _bench["vendor"];
        Directory.Move(vendor, vendor + ".away");
        (await _bench.FetchAsync(item, new BuildOptions { Offline = true })).ShouldBe(source);
        _bench.Log.Lines.Count(line => line.StartsWith("signed by", StringComparison.Ordinal)).ShouldBe(1);

        // another machine does, and a lock file alone vouches for nothing
        _bench.DeleteCache();
        await Findings.OfAsync("KB1007", () => _bench.FetchAsync(item, new BuildOptions { Locked = true }));
        Directory.Move(vendor + ".away", vendor);
        (await _bench.FetchAsync(item, new BuildOptions { Locked = true })).ShouldBe(source);
        _bench.Log.Lines.Count(line => line.StartsWith("signed by", StringComparison.Ordinal)).ShouldBe(2);
    }

    [FactWith("gpg")]
    public async Task A_key_that_is_named_later_is_asked_for_a_source_that_is_there()
    {
        var other = new OpenPgpKey(_bench.Files, "greg");
        SignTag("v6.1");
        await _bench.FetchAsync(Git("v6.1") with { SigningKeys = [] });
        (await RefusedAsync(Git("v6.1", other.PublicKey))).ShouldContain("none of those given");
        await _bench.FetchAsync(Git("v6.1", other.PublicKey, _key.PublicKey));
        // taken out again: what is kept belongs to the keys
        (await RefusedAsync(Git("v6.1", other.PublicKey))).ShouldContain(_key.Fingerprint[^16..]);
    }

    [FactWith("gpg")]
    public async Task An_armoured_key_and_the_persons_own_keyring_do_not_matter()
    {
        SignTag("v6.1");
        var stranger = new OpenPgpKey(_bench.Files, "stranger");
        _bench.Network = _bench.Network with { Environment = _bench.Network.Environment.SetItem("GNUPGHOME", _key.Home) };
        (await RefusedAsync(Git("v6.1", stranger.PublicKey))).ShouldContain("none of those given");
        await _bench.FetchAsync(Git("v6.1", _bench.Files.Write("keys/armoured.asc", "A comment\n\n" + _key.Armoured)));
    }

    [FactWith("gpg")]
    public async Task A_tag_without_a_signature_is_KB1027()
    {
        Oracle.Git(_vendor.Folder, "tag", "-a", "-m", "v6.1", "v6.1");
        Oracle.Git(_vendor.Folder, "tag", "light");
        (await RefusedAsync(Git("v6.1"))).ShouldContain("it carries no signature");
        (await RefusedAsync(Git("light"))).ShouldContain("it carries no signature");
        (await RefusedAsync(Git("HEAD"))).ShouldContain("it carries no signature");
        (await RefusedAsync(Git(_vendor.First))).ShouldContain("it carries no signature");
        File.Exists(_bench.LockFile).ShouldBeFalse();
    }

    [FactWith("gpg")]
    public async Task A_tag_whose_text_was_changed_is_KB1027()
    {
        SignTag("v6.1");
        var second = _vendor.Commit("Makefile", "VERSION = 666\n");
        var text = Oracle.Output("git", ["-C", _vendor.Folder, "cat-file", "tag", "v6.1"]);
        var forged = System.Text.Encoding.UTF8.GetString(text).Replace(_vendor.First, second, StringComparison.Ordinal);
        var file = _bench.Files.Write("forged", forged);
        var id = Oracle.Git(_vendor.Folder, "hash-object", "-t", "tag", "-w", file);
        Oracle.Git(_vendor.Folder, "update-ref", "refs/tags/v6.1", id);
        (await RefusedAsync(Git("v6.1"))).ShouldContain("the content is not what linus <linus@example.org>");
    }

    [FactWith("gpg")]
    public async Task An_older_tag_under_a_newer_name_is_KB1027()
    {
        SignTag("v6.1");
        Oracle.Git(_vendor.Folder, "update-ref", "refs/tags/v6.2", Oracle.Git(_vendor.Folder, "rev-parse", "v6.1"));
        (await RefusedAsync(Git("v6.2"))).ShouldContain("calls itself 'v6.1'");
    }

    [FactWith("gpg")]
    public async Task A_tag_that_moved_behind_the_lock_is_KB1027()
    {
        SignTag("v6.1");
        await _bench.FetchAsync(Git("v6.1"));
        var second = _vendor.Commit("Makefile", "VERSION = 2\n");
        Oracle.Git(_vendor.Folder, "tag", "-d", "v6.1");
        SignTag("v6.1");
        _bench.DeleteCache();
        (await RefusedAsync(Git("v6.1"))).ShouldContain($"is {second} now, and {_vendor.First} is locked");
        (await _bench.FetchAsync(Git("v6.1"), new BuildOptions { UpdateLock = true })).Commit.ToString().ShouldBe(second);
    }

    [FactWith("gpg")]
    public async Task A_signed_commit_needs_no_tag()
    {
        _bench.Files.Write("vendor/linux/Makefile", "VERSION = 2\n");
        _key.Git(_vendor.Folder, "commit", "-q", "-S", "-a", "-m", "signed");
        var id = Oracle.Git(_vendor.Folder, "rev-parse", "HEAD");
        var item = Git(id);
        await _bench.FetchAsync(item);
        (await ReportAsync(item)).ShouldEndWith($"by the commit {id}");

        // a branch goes on; the locked commit is still the signed one
        await _bench.FetchAsync(Git("HEAD"));
        _vendor.Commit("Makefile", "VERSION = 3\n");
        Directory.Delete(_bench.Cache.Signatures, recursive: true);
        (await _bench.FetchAsync(Git("HEAD"))).Commit.ToString().ShouldBe(id);
    }

    [FactWith("gpg")]
    public async Task A_key_that_has_expired_since_is_told_and_a_revoked_one_refused()
    {
        // signed in 2020 by a key that ended in 2021
        var old = new OpenPgpKey(_bench.Files, "old", "20210101T000000", "--faked-system-time", "20200101T000000");
        var archive = Archive(out var digest);
        var list = List(digest, old, "--faked-system-time", "20200601T000000");
        var item = new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [old.PublicKey], Signature = list };
        await _bench.FetchAsync(item);
        (await ReportAsync(item)).ShouldContain("(expired since)");

        var certificate = Directory.EnumerateFiles(Path.Combine(_key.Home, "openpgp-revocs.d")).Single();
        _bench.Files.Write("revoke.asc", File.ReadAllText(certificate).Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal));
        var mine = List(digest, _key);
        _key.Gpg("--import", _bench["revoke.asc"]);
        _key.Export();
        (await RefusedAsync(new SourceItem(item.Include) { SigningKeys = [_key.PublicKey], Signature = mine })).ShouldContain("revoked");
    }

    [FactWith("ssh-keygen")]
    public async Task A_tag_signed_with_SSH_is_checked_by_its_public_key()
    {
        foreach (var name in (string[])["signer", "other"])
        {
            Oracle.Text(_bench.Files.Path, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name + "@example.org", "-f", _bench[name]);
        }

        Oracle.Git(_vendor.Folder, "-c", "gpg.format=ssh", "-c", "user.signingkey=" + _bench["signer"], "tag", "-s", "-m", "v6.1", "v6.1");
        var print = Oracle.Text(_bench.Files.Path, "ssh-keygen", "-l", "-f", _bench["signer.pub"]).Split(' ')[1];
        var item = Git("v6.1", _bench["signer.pub"]);
        await _bench.FetchAsync(item);
        (await ReportAsync(item)).ShouldBe($"signer@example.org, key {print}, by the tag v6.1");
        await _bench.FetchAsync(Git("v6.1", _bench.Files.Write("signers", "# who\nlinus,greg " + File.ReadAllText(_bench["signer.pub"]))));
        (await RefusedAsync(Git("v6.1", _bench["other.pub"]))).ShouldContain($"SSH key {print}, which is none of those given");
    }

    private string Archive(out string digest)
    {
        _bench.Files.Write("tar/linux-6.1/Makefile", "VERSION = 6\n");
        _bench.Files.Write("tar/linux-6.1/Kconfig", "# none\n");
        var archive = Path.Combine(_bench.Files.Folder("mirror"), "linux-6.1.tar.xz");
        Oracle.Text(_bench["tar"], "tar", "-cJf", archive, "linux-6.1");
        digest = Sha256Digest.OfFile(archive).ToString();
        return archive;
    }

    /// <summary>As kernel.org's list, in a folder of its own.</summary>
    private string List(string digest, OpenPgpKey key, params string[] options)
    {
        var folder = _bench.Files.Folder($"lists/{Path.GetFileName(key.Home)}");
        var text = Path.Combine(folder, "sha256sums");
        File.WriteAllText(text, $"{new string('0', 64)}  linux-6.0.tar.xz\n{digest}  linux-6.1.tar.xz\n");
        key.Gpg([.. options, "--clearsign", "--output", text + ".asc", text]);
        return text + ".asc";
    }

    [FactWith("gpg", "xz")]
    public async Task A_signed_list_beside_the_archive_is_found()
    {
        var archive = Archive(out var digest);
        File.Copy(List(digest, _key), Path.Combine(Path.GetDirectoryName(archive)!, "sha256sums.asc"));
        var item = new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [_key.PublicKey] };
        await _bench.FetchAsync(item);
        (await ReportAsync(item)).ShouldBe($"linus <linus@example.org>, key {_key.Fingerprint}, by sha256sums.asc");
    }

    [FactWith("gpg", "xz")]
    public async Task A_list_from_a_server_is_fetched_and_offline_it_is_KB1019()
    {
        var archive = Archive(out var digest);
        using var server = new LoopbackServer(File.ReadAllBytes(List(digest, _key)));
        server.Cuts.Enqueue(100);
        var url = new Uri(server.Address, "v6.x/sha256sums.asc").ToString();
        var item = new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [_key.PublicKey], Signature = url };
        (await Findings.OfAsync("KB1019", () => _bench.FetchAsync(item, new BuildOptions { Offline = true }))).Message.ShouldContain(url);
        await _bench.FetchAsync(item);
        await _bench.FetchAsync(item, new BuildOptions { Offline = true });
        Directory.EnumerateFiles(_bench.Cache.Downloads).ShouldBeEmpty();
    }

    [FactWith("gpg", "xz")]
    public async Task A_list_that_does_not_name_the_archive_inside_what_is_signed_is_KB1027()
    {
        var archive = Archive(out var digest);
        var list = List(new string('1', 64), _key);
        var item = new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [_key.PublicKey], Signature = list };
        (await RefusedAsync(item)).ShouldContain($"the digest {digest} is not in it");
        var signed = File.ReadAllText(list);
        File.WriteAllText(list, $"{digest}  linux-6.1.tar.xz\n{signed}{digest}  linux-6.1.tar.xz\n");
        (await RefusedAsync(item)).ShouldContain("is not in it");
        File.WriteAllText(list, signed.Replace(new string('1', 64), digest, StringComparison.Ordinal));
        (await RefusedAsync(item)).ShouldContain("the content is not what linus");
        // another person's list before or behind it, in the same file
        var stranger = List(digest, new OpenPgpKey(_bench.Files, "stranger"));
        foreach (var text in new[] { File.ReadAllText(stranger) + signed, signed + File.ReadAllText(stranger) })
        {
            File.WriteAllText(list, text);
            await RefusedAsync(item);
        }

        _bench.Git("for-each-ref").ShouldBeEmpty("nothing is unpacked before the signature holds");
    }

    [FactWith("gpg", "xz")]
    public async Task A_signature_over_the_file_or_the_tar_in_it_is_taken()
    {
        var archive = Archive(out var digest);
        var tar = Path.Combine(_bench.Files.Path, "linux-6.1.tar");
        File.WriteAllBytes(tar, Oracle.Output("xz", ["-dc", archive]));
        foreach (var (of, name) in new[] { (archive, "linux-6.1.tar.xz.asc"), (tar, "linux-6.1.tar.sign") })
        {
            _key.Gpg("--armor", "--detach-sign", "--output", _bench[name], of);
            var item = new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [_key.PublicKey], Signature = "../../" + name };
            await _bench.FetchAsync(item);
            (await ReportAsync(item)).ShouldEndWith("by " + name);
        }

        _key.Gpg("--detach-sign", "--output", _bench["other.sig"], _bench.Project);
        (await RefusedAsync(new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [_key.PublicKey], Signature = _bench["other.sig"] }))
            .ShouldContain("the content is not what linus");
    }

    [Fact]
    public async Task A_signature_that_is_not_there_is_KB1002()
    {
        var archive = Archive(out var digest);
        var item = new SourceItem($"archive:{archive}#sha256={digest}") { SigningKeys = [_key.PublicKey] };
        (await Findings.OfAsync("KB1002", () => _bench.FetchAsync(item))).Message.ShouldContain("sha256sums.asc");
    }

    [FactWith("gpg")]
    public async Task A_key_file_without_a_key_is_KB1028()
    {
        SignTag("v6.1");
        foreach (var (file, why) in new[] { (_bench["none"], "does not exist"), (_bench.Files.Write("empty", ""), "holds no public key"),
            (_bench.Files.Write("text", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"), "holds no public key") })
        {
            (await Findings.OfAsync("KB1028", () => _bench.FetchAsync(Git("v6.1", file)))).Message.ShouldContain(why);
        }
    }

    [Fact]
    public async Task Keys_for_a_manifest_are_refused_with_the_item_that_takes_them() =>
        (await Findings.OfAsync(
            "KB1001", () => _bench.FetchAsync(new SourceItem("repo:../manifest#default.xml@main") { SigningKeys = ["key.asc"] })))
            .Message.ShouldContain("a project that is signed can be an item of its own, git: with the project's folder as Path");

    [Theory]
    [InlineData("debian:linux-source-6.1", "key.asc", "")]
    [InlineData("path:.", "key.asc", "")]
    [InlineData("git:../linux#v6.1", "key.asc", "sha256sums.asc")]
    [InlineData("archive:a.tar#sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", "sha256sums.asc")]
    [InlineData("archive:a.tar#sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "key.asc", "ftp://example.org/sha256sums.asc")]
    public async Task What_has_no_effect_is_KB1001(string include, string key, string signature) =>
        await Findings.OfAsync("KB1001", () => _bench.FetchAsync(new SourceItem(include) { SigningKeys = key.Length > 0 ? [key] : [], Signature = signature }));

    public void Dispose() => _bench.Dispose();
}
