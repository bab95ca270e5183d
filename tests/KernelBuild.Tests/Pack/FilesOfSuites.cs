using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Pack;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Pack;

/// <summary>debian:PACKAGE[:ARCHITECTURE]@SUITE!PATH in the ramdisk; the package is in the cache, where the lock file finds it.</summary>
public sealed class FilesOfSuites : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    private Task<IReadOnlyList<RamdiskEntry>> ReadAsync(string source)
    {
        var device = _bench.Device("debian:linux-source-6.1") with { Ramdisk = [new RamdiskItem("bin/tool", source)] };
        var contents = new RamdiskContents(device, LockFile.Load(_bench.LockFile), new BuildOptions { Locked = true }, _bench.Cache,
            _bench.Log);
        return contents.ReadAsync(device.Ramdisk, CancellationToken.None);
    }

    [FactWith("dpkg-deb")]
    public async Task The_lock_names_the_package_with_its_suite()
    {
        _bench.Files.Write("deb/DEBIAN/control", "Package: tool\nVersion: 1\nArchitecture: arm64\nMaintainer: Test "
            + "<test@example.org>\nDescription: a tool\n");
        _bench.Files.Write("deb/bin/tool", "of the suite");
        Oracle.Text(_bench.Files.Path, "dpkg-deb", "--root-owner-group", "-b", _bench["deb"], _bench["tool.deb"]);
        var digest = Sha256Digest.OfFile(_bench["tool.deb"]);
        _bench.Files.Write(Path.Combine(_bench.Cache.Downloads, "sha256", digest.ToString()), File.ReadAllBytes(_bench["tool.deb"]));
        var locked = LockFile.Load(_bench.LockFile);
        locked.Packages["tool:arm64@old"] = new LockedPackage("1", digest);
        locked.Save();
        (await ReadAsync("debian:tool:arm64@old!bin/tool")).Single().Data.ToArray().ShouldBe("of the suite"u8.ToArray());
    }

    [Theory]
    [InlineData("debian:tool@!bin/tool")]
    [InlineData("debian:tool@../old!bin/tool")]
    [InlineData("debian:@old!bin/tool")]
    [InlineData("debian:tool@old")]
    public async Task A_suite_that_is_no_name_is_KB5009(string source) =>
        (await Findings.OfAsync(DiagnosticCodes.RamdiskEntryInvalid, () => ReadAsync(source))).Fix.ShouldContain("@SUITE");
}
