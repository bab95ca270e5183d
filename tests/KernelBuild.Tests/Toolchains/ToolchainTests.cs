using KernelBuild.Device;
using KernelBuild.Testing.Devices;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.Toolchains;

public sealed class ToolchainTests : IDisposable
{
    private readonly TestDevice _bench = new();

    public ToolchainTests()
    {
        foreach (var program in Toolchain.ProgramsOf(_bench.Device("")))
        {
            _bench.Files.Script("toolchain/" + program, $"echo {program} version 1.0");
        }
    }

    private Task<Toolchain> ProbeAsync(string folder = "toolchain") =>
        Toolchain.ProbeAsync(_bench.Device("") with { ToolchainFolder = _bench[folder] }, _bench.Cache, CancellationToken.None);

    [Fact]
    public async Task A_program_changed_in_place_changes_the_digest_and_its_undoing_gives_the_first_again()
    {
        var first = await ProbeAsync();
        first.Files.Single(file => file.Name == "clang-19").Version.ShouldBe("clang-19 version 1.0");
        _bench.Files.Script("toolchain/clang-19", "echo clang-19 version 2.0");
        var second = await ProbeAsync();
        second.Digest.ShouldNotBe(first.Digest);
        second.Files.Single(file => file.Name == "clang-19").Version.ShouldBe("clang-19 version 2.0");
        _bench.Files.Script("toolchain/clang-19", "echo clang-19 version 1.0");
        (await ProbeAsync()).Digest.ShouldBe(first.Digest);
    }

    [Fact]
    public async Task A_wrapper_earlier_on_the_path_changes_the_digest()
    {
        var first = await ProbeAsync();
        _bench.Files.Script("wrappers/ld.lld-19", "echo something else 1.0");
        var folders = _bench["wrappers"] + ":" + _bench["toolchain"];
        var second = await Toolchain.ProbeAsync(_bench.Device("") with { ToolchainFolder = folders }, _bench.Cache, CancellationToken.None);
        second.Digest.ShouldNotBe(first.Digest);
    }

    [Fact]
    public async Task Where_the_programs_lie_does_not_matter()
    {
        var first = await ProbeAsync();
        Directory.Move(_bench["toolchain"], _bench["elsewhere"]);
        (await ProbeAsync("elsewhere")).Digest.ShouldBe(first.Digest);
    }

    [Fact]
    public async Task A_link_is_asked_for_its_version_by_its_own_name()
    {
        File.Move(_bench["toolchain/ld.lld-19"], _bench["toolchain/lld"]);
        _bench.Files.Script("toolchain/lld", "echo called as $(basename $0) 1.0");
        File.CreateSymbolicLink(_bench["toolchain/ld.lld-19"], "lld");
        var lld = (await ProbeAsync()).Files.Single(file => file.Name == "ld.lld-19");
        lld.Version.ShouldBe("called as ld.lld-19 1.0");
        lld.Path.ShouldBe(_bench["toolchain/lld"]);
    }

    [Fact]
    public async Task A_program_that_is_missing_is_KB4004()
    {
        var device = _bench.Device("") with { Clang = 1234 };
        (await Findings.OfAsync("KB4004", () => Toolchain.ProbeAsync(device, _bench.Cache, CancellationToken.None))).Message.ShouldContain("clang-1234");
    }

    public void Dispose() => _bench.Dispose();
}
