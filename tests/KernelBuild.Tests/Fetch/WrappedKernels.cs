using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>A vendor's archive that holds the archive of the kernel.</summary>
public sealed class WrappedKernels : IDisposable
{
    private readonly TestDevice _bench = new();

    public WrappedKernels()
    {
        Kernel("kernel", "6");
        _bench.Files.Write("platform/external/Makefile", "all:\n");
        var noise = new byte[2_000_000];
        new Random(1).NextBytes(noise);
        _bench.Files.Write("platform/noise", noise);
        _bench.Files.Write("README.txt", "build with build_kernel.sh\n");
        Shell("tar -C kernel -czf Kernel.tar.gz .; tar -czf Platform.tar.gz platform");
        Tree = ArchiveOracle.TreeOf(_bench["kernel"]);
    }

    private string Tree { get; }

    public void Dispose() => _bench.Dispose();

    private void Kernel(string folder, string version)
    {
        _bench.Files.Write(folder + "/Makefile", $"VERSION = {version}\nPATCHLEVEL = 1\n");
        _bench.Files.Write(folder + "/Kconfig", "source \"init/Kconfig\"\n");
        _bench.Files.Write(folder + "/init/Kconfig", "config X\n");
        _bench.Files.Write(folder + "/drivers/Makefile", "obj-y += a.o\n");
        _bench.Files.Write(folder + "/drivers/Kconfig", "config Y\n");
    }

    private string Shell(string script) => Oracle.Text(_bench.Files.Path, "bash", "-ec", script);

    private void NothingIsLeftInDownloads() =>
        (Directory.Exists(_bench.Cache.Downloads) ? Directory.EnumerateFiles(_bench.Cache.Downloads) : []).ShouldBeEmpty();

    [TheoryWith("zip", "bzip2", "xz")]
    [InlineData("zip -q -0 SM.zip README.txt Kernel.tar.gz Platform.tar.gz", "SM.zip", "Kernel.tar.gz")]
    [InlineData("mkdir SM; mv *.tar.gz README.txt SM; tar -cf SM.tar SM", "SM.tar", "SM/Kernel.tar.gz")]
    [InlineData("tar -C kernel -cjf kernel.tar.bz2 .; tar -czf SM.tgz ./README.txt ./kernel.tar.bz2", "SM.tgz", "./kernel.tar.bz2")]
    [InlineData("cd kernel; zip -qr ../k.zip .; cd ..; tar -cJf SM.tar.xz k.zip README.txt", "SM.tar.xz", "k.zip")]
    [InlineData("tar -cf k.tar kernel; zip -q SM.zip k.tar", "SM.zip", "k.tar")]
    [InlineData("cd kernel; zip -qr ../k.zip .; cd ..; zip -q SM.zip k.zip Platform.tar.gz", "SM.zip", "k.zip")]
    public async Task The_only_kernel_in_it_is_taken_and_said(string pack, string outer, string inner)
    {
        Shell(pack);
        (await ArchiveOracle.ImportAsync(_bench, _bench[outer])).Tree.ToString().ShouldBe(Tree);
        _bench.Log.Lines.ShouldContain(line => line.Contains("taking " + inner, StringComparison.Ordinal));
        NothingIsLeftInDownloads();
    }

    [FactWith("zip")]
    public async Task Several_kernels_are_listed_and_one_is_named()
    {
        Kernel("other", "5");
        Shell("tar -czf Other.tar.gz other; zip -q -0 SM.zip Kernel.tar.gz Other.tar.gz Platform.tar.gz");
        var finding = await Findings.OfAsync("KB1031", () => _bench.FetchAsync(ArchiveOracle.Spec(_bench["SM.zip"])));
        finding.Details.ShouldBe(["in it: Kernel.tar.gz", "in it: Other.tar.gz"]);
        finding.Fix.ShouldContain("&member=Kernel.tar.gz");
        (await ArchiveOracle.ImportAsync(_bench, _bench["SM.zip"], "&member=Other.tar.gz")).Tree.ToString()
            .ShouldBe(ArchiveOracle.TreeOf(_bench["other"]));
    }

    /// <summary>tar's own answer: the last of a name is what stands there after unpacking.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("&member=Kernel.tar.gz")]
    public async Task Of_two_archives_of_one_name_the_last_counts(string more)
    {
        Kernel("other", "5");
        Shell("tar -cf SM.tar README.txt Kernel.tar.gz; tar -C other -czf Kernel.tar.gz .; tar -rf SM.tar Kernel.tar.gz Platform.tar.gz; "
            + "mkdir -p out/kernel; tar -C out -xf SM.tar; tar -C out/kernel -xzf out/Kernel.tar.gz");
        (await ArchiveOracle.ImportAsync(_bench, _bench["SM.tar"], more)).Tree.ToString().ShouldBe(ArchiveOracle.TreeOf(_bench["out/kernel"]));
    }

    [FactWith("zip")]
    public async Task A_member_that_is_not_there_is_KB1031()
    {
        Shell("zip -q -0 SM.zip Kernel.tar.gz Platform.tar.gz");
        var finding = await Findings.OfAsync(
            "KB1031", () => _bench.FetchAsync(ArchiveOracle.Spec(_bench["SM.zip"], "&member=kernel.tar.gz")));
        finding.Details.ShouldBe(["in it: Kernel.tar.gz", "in it: Platform.tar.gz"]);
    }

    [FactWith("zip")]
    public async Task No_kernel_anywhere_is_KB1016()
    {
        Shell("zip -q -0 SM.zip README.txt Platform.tar.gz");
        var finding = await Findings.OfAsync("KB1016", () => _bench.FetchAsync(ArchiveOracle.Spec(_bench["SM.zip"])));
        finding.Details.ShouldBe(["no kernel is in Platform.tar.gz"]);
    }

    [FactWith("zip")]
    public async Task A_damaged_kernel_in_it_is_KB1005_when_it_is_named()
    {
        Shell("head -c $(($(stat -c %s Kernel.tar.gz) / 2)) Kernel.tar.gz > k; mv k Kernel.tar.gz; zip -q -0 SM.zip Kernel.tar.gz");
        await Findings.OfAsync("KB1005", () => _bench.FetchAsync(ArchiveOracle.Spec(_bench["SM.zip"], "&member=Kernel.tar.gz")));
        File.Exists(_bench.LockFile).ShouldBeFalse();
        NothingIsLeftInDownloads();
    }

    [Fact]
    public async Task A_kernel_with_archives_in_it_is_taken_as_it_is()
    {
        Shell("mkdir -p kernel/tools; cp Platform.tar.gz kernel/tools; tar -cf k.tar kernel");
        (await ArchiveOracle.ImportAsync(_bench, _bench["k.tar"])).Tree.ToString().ShouldBe(ArchiveOracle.TreeOf(_bench["kernel"]));
    }

    [Theory]
    [InlineData("mkdir -p v/kernel_platform; mv kernel v/kernel_platform/common; tar -cf v.tar v", "kernel_platform/common")]
    [InlineData("mkdir v; mv kernel v/Kernel; mv README.txt v; tar -C v -cf v.tar .", "")]
    [InlineData("mkdir v; mv kernel v/Kernel; mkdir v/Other; mv README.txt v/Other; tar -C v -cf v.tar .", "Kernel")]
    public async Task A_kernel_below_other_folders_is_pointed_to(string pack, string folder)
    {
        Shell(pack);
        var source = await ArchiveOracle.ImportAsync(_bench, _bench["v.tar"]);
        folder = folder.Length == 0 ? "Kernel" : folder;
        _bench.Git("rev-parse", $"{source.Tree}:{folder}").ShouldBe(Tree);
        _bench.Log.Lines.ShouldContain(line => line.Contains($"KernelFolder=\"{folder}\"", StringComparison.Ordinal));
    }
}
