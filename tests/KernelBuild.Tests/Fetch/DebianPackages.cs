using KernelBuild.Fetch;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>By apt itself, against a repository of our own.</summary>
public sealed class DebianPackages : IDisposable
{
    private const string Spec = "debian:linux-source-0.1";

    private readonly TestDevice _bench = new();
    private readonly AptRepository? _repository;

    public DebianPackages()
    {
        if (Oracle.IsInstalled("apt-get") && Oracle.IsInstalled("dpkg-deb"))
        {
            _repository = new AptRepository(_bench.Files);
            _repository.Add("linux-source-0.1", "0.1-1", "VERSION = 1\n");
        }
    }

    /// <summary>Runs a fetch in a process of its own: the runner's environment is read once, at the start of a process.</summary>
    private (int ExitCode, string Output) Fetch(string spec = Spec, bool locked = false)
    {
        var device = _bench["device.json"];
        _bench.Device(spec).Save(device);
        var (exitCode, output, errors) = Oracle.Try(
            _bench.Files.Path, "env", "APT_CONFIG=" + _repository!.Config, "KERNELBUILD_CACHE=" + _bench.Cache.Path, DummyProgram.Path,
            "fetch", device, locked ? "locked" : "free");
        return (exitCode, output + errors);
    }

    private void Fetched(string makefile, bool locked = false)
    {
        var (exitCode, output) = Fetch(locked: locked);
        exitCode.ShouldBe(0, output);
        _bench.Git("cat-file", "blob", LockFile.Load(_bench.LockFile).Source!.Tree + ":Makefile").ShouldBe(makefile);
    }

    private void Fails(string code, string spec = Spec, bool locked = false)
    {
        var (exitCode, output) = Fetch(spec, locked);
        exitCode.ShouldBe(1, output);
        output.ShouldContain("error " + code);
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void The_tarball_of_the_package_becomes_the_tree_and_its_version_is_locked()
    {
        Fetched("VERSION = 1");
        var source = LockFile.Load(_bench.LockFile).Source!;
        source.Version.ShouldBe("0.1-1");
        source.Sha256.ShouldBe(KernelBuild.Host.Files.Sha256Digest.OfFile(_bench["repository/linux-source-0.1_0.1-1_all.deb"]));
        File.ReadAllText(Path.Combine(_bench.Folders.Tree, "Makefile")).ShouldBe("VERSION = 1\n");
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void A_newer_version_does_not_replace_the_locked_one()
    {
        Fetched("VERSION = 1");
        _repository!.Add("linux-source-0.1", "0.1-2", "VERSION = 2\n");
        _bench.DeleteCache();
        Fetched("VERSION = 1", locked: true);
        File.Delete(_bench.LockFile);
        Fetched("VERSION = 2");
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void A_locked_version_that_is_gone_is_resolved_anew_with_a_warning()
    {
        Fetched("VERSION = 1");
        _repository!.Add("linux-source-0.1", "0.1-2", "VERSION = 2\n");
        _repository.Remove("linux-source-0.1", "0.1-1");
        _bench.DeleteCache();
        Fails("KB1008", locked: true);
        LockFile.Load(_bench.LockFile).Source!.Version.ShouldBe("0.1-1");
        Fetch().Output.ShouldContain("warning KB1008");
        LockFile.Load(_bench.LockFile).Source!.Version.ShouldBe("0.1-2");
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void A_version_that_is_gone_is_no_loss_while_the_download_is_there()
    {
        Fetched("VERSION = 1");
        _repository!.Remove("linux-source-0.1", "0.1-1");
        Directory.Delete(_bench.Cache.Store, recursive: true);
        Fetched("VERSION = 1", locked: true);
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void A_version_that_came_after_the_lists_were_read_is_found()
    {
        Fetched("VERSION = 1");
        _repository!.Add("linux-source-0.1", "0.1-2", "VERSION = 2\n");
        _repository.Remove("linux-source-0.1", "0.1-1");
        var (exitCode, output) = Fetch(Spec + "=0.1-2");
        exitCode.ShouldBe(0, output);
        LockFile.Load(_bench.LockFile).Source!.Version.ShouldBe("0.1-2");
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void A_package_that_nobody_offers_is_KB1014()
    {
        Fails("KB1014", "debian:linux-source-9.9");
        Fails("KB1014", Spec + "=7");
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void Without_a_network_it_is_KB1003()
    {
        _bench.Files.Write("sources.list", "deb [trusted=yes] http://127.0.0.1:1/ ./\n");
        Fails("KB1003");
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void A_package_that_was_replaced_under_its_name_is_refused()
    {
        File.AppendAllText(_bench["repository/linux-source-0.1_0.1-1_all.deb"], "more");
        Fails("KB1003");
        Directory.Exists(_bench.Folders.Tree).ShouldBeFalse();
    }

    [FactWith("apt-get", "dpkg-deb", "xz")]
    public void Without_a_lock_and_under_locked_it_is_KB1010() => Fails("KB1010", locked: true);

    public void Dispose() => _bench.Dispose();
}
