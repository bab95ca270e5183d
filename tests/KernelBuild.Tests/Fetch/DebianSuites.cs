using KernelBuild.Fetch;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>debian:PACKAGE@SUITE by apt itself, against an archive signed by a key of our own; the host's sources name another
/// suite.</summary>
public sealed class DebianSuites : IDisposable
{
    private const string Package = "linux-source-0.1";
    private const string Spec = $"debian:{Package}@old";

    private readonly TestDevice _bench = new();
    private readonly SignedArchive? _archive;

    public DebianSuites()
    {
        if (new[] { "apt-get", "dpkg-deb", "xz", "gpg", "gpgv" }.All(Oracle.IsInstalled))
        {
            _archive = new SignedArchive(_bench.Files);
            _archive.Add("stable", Package, "2-1", "VERSION = 2\n");
            _archive.Add("old", Package, "1-1", "VERSION = 1\n");
        }
    }

    private (int ExitCode, string Output) Fetch(string spec = Spec, bool locked = false, string name = "device")
    {
        var device = _bench[name + ".json"];
        // two builds of one device at once are kept apart by its lock
        (_bench.Device(spec) with { VariantName = name == "second" ? name : "" }).Save(device);
        var (exitCode, output, errors) = Oracle.Try(
            _bench.Files.Path, "env", "APT_CONFIG=" + _archive!.Config, "KERNELBUILD_CACHE=" + _bench.Cache.Path, DummyProgram.Path,
            "fetch", device, locked ? "locked" : "free");
        return (exitCode, output + errors);
    }

    private LockedSource Fetched(string spec = Spec, bool locked = false)
    {
        var (exitCode, output) = Fetch(spec, locked);
        exitCode.ShouldBe(0, output);
        return LockFile.Load(_bench.LockFile).Source!;
    }

    private string Fails(string code, string spec = Spec, bool locked = false)
    {
        var (exitCode, output) = Fetch(spec, locked);
        exitCode.ShouldBe(1, output);
        output.ShouldContain("error " + code);
        return output;
    }

    private string Makefile(LockedSource source) => _bench.Git("cat-file", "blob", source.Tree + ":Makefile");

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_package_of_a_suite_that_the_host_does_not_name_is_fetched_and_locked()
    {
        var source = Fetched();
        (source.Spec, source.Version, Makefile(source)).ShouldBe((Spec, "1-1", "VERSION = 1"));
        source.Sha256.ShouldBe(KernelBuild.Host.Files.Sha256Digest.OfFile(Path.Combine(_archive!.Mirror,
            $"pool/old/{Package}_1-1_all.deb")));
        Makefile(Fetched($"debian:{Package}")).ShouldBe("VERSION = 2");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void The_second_run_needs_no_archive_and_neither_does_another_store()
    {
        Fetched();
        Directory.Move(_archive!.Mirror, _bench["gone"]);
        Makefile(Fetched(locked: true)).ShouldBe("VERSION = 1");
        Directory.Delete(_bench.Cache.Store, recursive: true);
        Makefile(Fetched(locked: true)).ShouldBe("VERSION = 1");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_newer_version_does_not_replace_the_locked_one()
    {
        Fetched();
        _archive!.Add("old", Package, "1-2", "VERSION = 12\n");
        _bench.DeleteCache();
        Fetched(locked: true).Version.ShouldBe("1-1");
        File.Delete(_bench.LockFile);
        Fetched().Version.ShouldBe("1-2");
        Fetched($"debian:{Package}=1-1@old").Version.ShouldBe("1-1");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void Without_a_lock_and_under_locked_it_is_KB1010() => Fails("KB1010", locked: true);

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_suite_that_does_not_exist_is_KB1017() => Fails("KB1017", $"debian:{Package}@nowhere").ShouldContain("archive.debian.org");

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_package_that_the_suite_does_not_have_is_KB1014() => Fails("KB1014", "debian:linux-source-9.9@old").ShouldContain("in "
        + "the suite 'old'");

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_suite_signed_by_another_key_is_KB1018()
    {
        _archive!.Key("other");
        _archive.Publish("old", "other");
        Fails("KB1018").ShouldContain("NO_PUBKEY");
        Directory.Exists(_bench.Folders.Tree).ShouldBeFalse();
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_suite_that_is_not_signed_is_KB1018_even_where_the_host_trusts_the_archive_blindly()
    {
        _archive!.Sources($"deb [trusted=yes] file:{_archive.Mirror} stable main\n");
        _archive.Publish("old", key: null);
        Fails("KB1018");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_suite_that_was_changed_after_it_was_signed_is_KB1018()
    {
        var signed = Path.Combine(_archive!.Mirror, "dists/old/InRelease");
        File.WriteAllText(signed, File.ReadAllText(signed).Replace("Codename: old", "Codename: 0ld", StringComparison.Ordinal));
        Fails("KB1018");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_suite_whose_time_has_run_out_is_KB1018_unless_the_hosts_entry_says_that_it_does_not_matter()
    {
        _archive!.Publish("old", validFor: TimeSpan.FromMinutes(1));
        Fails("KB1018").ShouldContain("is expired");
        _archive.Sources($"deb [signed-by={_archive.KeyOf("archive")} check-valid-until=no] file:{_archive.Mirror} stable main\n");
        Fetched().Version.ShouldBe("1-1");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void A_mirror_that_is_down_is_KB1003()
    {
        _archive!.Sources($"deb [signed-by={_archive.KeyOf("archive")}] http://127.0.0.1:1/debian stable main\n");
        Fails("KB1003");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void Security_suites_are_looked_for_where_the_host_has_security_suites()
    {
        Fails("KB1017", $"debian:{Package}@old-security").ShouldContain("apt's sources name no archive of those");
        _archive!.Add("old-security", Package, "1-1+deb1", "VERSION = 11\n", mirror: "debian-security");
        File.AppendAllText(_bench["sources.list"], $"deb [signed-by={_archive.KeyOf("archive")}] file:{_bench["debian-security"]} "
            + $"stable-security main\n");
        Fetched($"debian:{Package}@old-security").Version.ShouldBe("1-1+deb1");
        Fetched().Version.ShouldBe("1-1");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void Sources_in_stanzas_with_a_key_inside_are_understood()
    {
        _archive!.Sources("");
        var key = Oracle.Text(_bench.Files.Path, "gpg", "--homedir", _bench["keys/archive"], "--armor", "--export");
        _bench.Files.Write(
            "parts/debian.sources",
            $"# a comment\nTypes: deb deb-src\nURIs: file:{_archive.Mirror}\nSuites: stable\n stable-updates\nComponents: "
                + $"main\nSigned-By:\n"
            + string.Join('\n', key.Split('\n').Select(line => line.Length == 0 ? " ." : " " + line)) + "\n\nTypes: deb\nURIs: "
                + "http://127.0.0.1:1/\nSuites: x\nComponents: main\nEnabled: no\n");
        Fetched().Version.ShouldBe("1-1");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public void An_archive_without_the_suite_does_not_hide_another_that_has_it()
    {
        _archive!.Add("plain", "something", "1", "x\n", mirror: "other/debian");
        var sources = File.ReadAllText(_bench["sources.list"]);
        _archive.Sources($"deb [signed-by={_archive.KeyOf("archive")}] file:{_bench["other/debian"]} plain main\n" + sources);
        Fetched().Version.ShouldBe("1-1");
    }

    [FactWith("apt-get", "dpkg-deb", "xz", "gpg", "gpgv")]
    public async Task Two_builds_at_once_both_get_it()
    {
        var first = Task.Run(() => Fetch(name: "first"));
        var second = Task.Run(() => Fetch(name: "second"));
        (await first).ExitCode.ShouldBe(0, (await first).Output);
        (await second).ExitCode.ShouldBe(0, (await second).Output);
    }

    public void Dispose() => _bench.Dispose();
}
