using KernelBuild.Device;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.Devices;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.Toolchains;

public sealed class ToolchainTests : IDisposable
{
    private readonly TestDevice _bench = new();

    public ToolchainTests()
    {
        foreach (var tool in Plan().Tools.Where(tool => tool.Kind == ToolKind.Compiler))
        {
            _bench.Files.Script("toolchain/" + tool.Candidates[0], $"echo {tool.Candidates[0]} version 1.0");
        }
    }

    private ToolchainPlan Plan(string folder = "toolchain") =>
        ToolchainPlan.For(new ToolchainRequest { Clang = 19, Folder = _bench[folder] }, new KernelVersion(6, 1), []);

    private Task<Toolchain> ProbeAsync(string folder = "toolchain") => ProbeInAsync(_bench[folder]);

    private Task<Toolchain> ProbeInAsync(string folders, ToolchainPlan? plan = null) =>
        Toolchain.ProbeAsync(plan ?? Plan(), folders, _bench.Cache, _bench["tools"], CancellationToken.None);

    [Fact]
    public async Task A_program_changed_in_place_changes_the_digest_and_its_undoing_gives_the_first_again()
    {
        var first = await ProbeAsync();
        first.Files.Single(file => file.Name == "clang").Version.ShouldBe("clang-19 version 1.0");
        _bench.Files.Script("toolchain/clang-19", "echo clang-19 version 2.0");
        var second = await ProbeAsync();
        second.Digest.ShouldNotBe(first.Digest);
        second.Files.Single(file => file.Name == "clang").Version.ShouldBe("clang-19 version 2.0");
        _bench.Files.Script("toolchain/clang-19", "echo clang-19 version 1.0");
        (await ProbeAsync()).Digest.ShouldBe(first.Digest);
    }

    [Fact]
    public async Task A_wrapper_earlier_on_the_path_changes_the_digest()
    {
        var first = await ProbeAsync();
        _bench.Files.Script("wrappers/ld.lld-19", "echo something else 1.0");
        var second = await ProbeInAsync(_bench["wrappers"] + ":" + _bench["toolchain"]);
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
        var lld = (await ProbeAsync()).Files.Single(file => file.Name == "ld.lld");
        lld.Version.ShouldBe("called as ld.lld-19 1.0");
        lld.Path.ShouldBe(_bench["toolchain/lld"]);
    }

    [Fact]
    public async Task A_prebuilt_as_it_is_unpacked_has_names_without_a_version_below_bin()
    {
        foreach (var file in Directory.EnumerateFiles(_bench["toolchain"]))
        {
            Directory.CreateDirectory(_bench["clang-r416183b/bin"]);
            File.Move(
                file, Path.Combine(_bench["clang-r416183b/bin"], Path.GetFileName(file).Replace("-19", "", StringComparison.Ordinal)));
        }

        var plan = ToolchainPlan.For(new ToolchainRequest { Folder = _bench["clang-r416183b"] }, new KernelVersion(5, 10), []);
        var toolchain = (await ProbeInAsync(_bench["clang-r416183b"], plan)).WithLinks([]);
        File.ResolveLinkTarget(_bench["tools/clang"], returnFinalTarget: false)!.FullName.ShouldBe(_bench["clang-r416183b/bin/clang"]);
        toolchain.Plan.Description.ShouldBe("clang with its own assembler");
    }

    [Fact]
    public async Task A_program_that_is_missing_is_KB4004()
    {
        var plan = ToolchainPlan.For(new ToolchainRequest { Clang = 1234 }, new KernelVersion(6, 1), []);
        var finding = await Findings.OfAsync(
            "KB4004", () => Toolchain.ProbeAsync(plan, null, _bench.Cache, _bench["tools"], CancellationToken.None));
        finding.Message.ShouldContain("clang-1234");
        finding.Fix.ShouldContain("clang-1234");
    }

    [Fact]
    public async Task The_build_finds_the_programs_of_its_toolchain_and_no_other()
    {
        _bench.Files.Script("tools/pahole", "echo v1.29");
        var toolchain = (await ProbeAsync()).WithLinks([]);
        Directory.EnumerateFiles(_bench["tools"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(toolchain.Plan.Tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
        var found = await toolchain
            .Command("sh")
            .WithArguments("-c", "command -v clang; command -v pahole gcc rustc git; clang")
            .RunAsync(CancellationToken.None);
        found.Output.ShouldBe([_bench["tools/clang"], "clang-19 version 1.0"]);
    }

    [Theory]
    [InlineData("4.14", "clang 13 with the assembler of GNU binutils", "aarch64-linux-gnu-as")]
    [InlineData("5.4", "clang 14 with the assembler of GNU binutils", "aarch64-linux-gnu-elfedit")]
    [InlineData("5.10", "clang 14 with its own assembler", "clang")]
    [InlineData("5.15", "clang 14 with its own assembler", "ld.lld")]
    [InlineData("6.1", "clang 19 with its own assembler", "clang")]
    [InlineData("7.2", "clang 19 with its own assembler", "clang")]
    public void The_compiler_is_chosen_by_the_kernels_version(string text, string description, string tool)
    {
        KernelVersion.TryParse(text, out var version).ShouldBeTrue();
        var plan = ToolchainPlan.For(new ToolchainRequest(), version, []);
        plan.Description.ShouldBe(description);
        plan.Reason.ShouldContain(text);
        plan.Tools.Select(one => one.Name).ShouldContain(tool);
        plan.MakeVariables.ShouldContain("CC=clang");
        plan.MakeVariables.ShouldContain("CROSS_COMPILE=aarch64-linux-gnu-");
    }

    [Fact]
    public void A_tree_that_never_met_clang_is_built_with_gcc()
    {
        var plan = ToolchainPlan.For(new ToolchainRequest { Compiler = "gcc" }, new KernelVersion(4, 14), ["depmod"]);
        plan.MakeVariables.ShouldContain("CC=aarch64-linux-gnu-gcc");
        plan.MakeVariables.ShouldNotContain("LLVM=1");
        plan.Tools.Single(tool => tool.Name == "aarch64-linux-gnu-gcc").Package.ShouldBe("gcc-aarch64-linux-gnu");
        plan.Tools.Single(tool => tool.Name == "depmod").Package.ShouldBe("kmod");
    }

    /// <summary>gcc is a driver: what an object depends on is cc1, which the driver names.</summary>
    [FactWith("gcc", "g++", "ld")]
    public async Task A_cc1_changed_in_place_changes_the_digest_of_gcc()
    {
        var request = new ToolchainRequest { Compiler = "gcc", Folder = _bench["cross"] };
        var plan = ToolchainPlan.For(request, new KernelVersion(5, 10), []);
        foreach (var tool in plan.Tools.Where(tool => tool.Name.StartsWith("aarch64", StringComparison.Ordinal)))
        {
            _bench.Files.Script("cross/" + tool.Name, $"[ \"$1\" = -print-prog-name=cc1 ] && echo {_bench["cross/cc1"]} || echo {tool.Name} 12.0");
        }

        _bench.Files.Script("cross/cc1", "echo one");
        var first = await ProbeInAsync(_bench["cross"], plan);
        first.Files.Single(file => file.IsLibrary).Path.ShouldBe(_bench["cross/cc1"]);
        _bench.Files.Script("cross/cc1", "echo another");
        (await ProbeInAsync(_bench["cross"], plan)).CompilerDigest.ShouldNotBe(first.CompilerDigest);
    }

    public void Dispose() => _bench.Dispose();
}
