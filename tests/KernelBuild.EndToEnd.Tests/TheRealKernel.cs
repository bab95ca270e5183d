using System.Security.Cryptography;
using System.Text.Json;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The whole road on Debian's kernel: built by the README's command, looked at with tools that are not ours, booted.</summary>
[Collection(nameof(TheRealKernel))]
public sealed class TheRealKernel(RealKernelBuild build)
{
    private static string Artifacts => Path.Combine(Repository.Root, "artifacts", "virt");

    [Fact]
    public void BuildKernel_succeeds_from_the_README_alone() => build.Result.ExitCode.ShouldBe(0, build.Result.Output);

    [Fact]
    public async Task Sha256sum_accepts_every_product()
    {
        var result = await Repository.RunAsync(Command.WithFullEnvironment("sha256sum").WithArguments("-c", "SHA256SUMS").In(Artifacts));
        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("boot.img: OK");
    }

    [Fact]
    public async Task The_kernel_inside_boot_img_is_the_Image_that_was_built_as_gzip_and_sha256sum_see_it()
    {
        // header version 4: kernel_size at 8, the kernel at 4096
        var script =
            "size=$(od -An -t u4 -j 8 -N 4 boot.img | tr -d ' '); tail -c +4097 boot.img 2>/dev/null | head -c $size | gzip -dc | "
            + "sha256sum | cut -d' ' -f1";
        var result = await Repository.RunAsync(Command.WithFullEnvironment("sh").WithArguments("-c", script).In(Artifacts));
        result.Output.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(
            await File.ReadAllBytesAsync(Path.Combine(Artifacts, "Image"), TestContext.Current.CancellationToken))));
    }

    [Fact]
    public void The_manifest_names_source_patches_toolchain_and_outputs()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Artifacts, "manifest.json")));
        var root = manifest.RootElement;
        root.GetProperty("source").GetProperty("spec").GetString().ShouldBe("debian:linux-source-6.1");
        root.GetProperty("source").GetProperty("patches").GetArrayLength().ShouldBe(1);
        root.GetProperty("toolchain").GetProperty("files").EnumerateArray()
            .ShouldContain(file =>
                file.GetProperty("name").GetString() == "clang" && file.GetProperty("version").GetString()!.Contains("19."));
        // the kernel's, not that of its vDSO, which stands before it
        var notes = System.Text.Encoding.UTF8.GetString(Oracle.Output("readelf", ["-n", Path.Combine(Artifacts, "vmlinux")]));
        notes.ShouldContain("Build ID: " + root.GetProperty("kernel").GetProperty("buildId").GetString());
        foreach (var output in root.GetProperty("outputs").EnumerateArray())
        {
            var path = Path.Combine(Artifacts, output.GetProperty("path").GetString()!);
            new FileInfo(path).Length.ShouldBe(output.GetProperty("size").GetInt64());
        }
    }

    [Fact]
    public async Task A_panic_ends_the_boot_at_once_and_its_reason_is_the_message()
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-panic-").FullName;
        try
        {
            var device = DeviceBuild.Load(new DeviceFolders(Repository.Root, "virt").DeviceFile);
            device = device with { Emulation = device.Emulation with { CommandLine = "rdinit=/none init=/none", TimeoutSeconds = 300 } };
            var emulator = new Emulator(device, folder);
            var files = await emulator.TakeApartAsync(TestContext.Current.CancellationToken);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var finding = await Findings.OfAsync(
                DiagnosticCodes.EmulationFailed, () => emulator.BootAsync(files, TestContext.Current.CancellationToken));
            // not the 300 s that the kernel would turn in its loop
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(150));
            finding.Message.ShouldStartWith("the guest's kernel panicked: VFS: Unable to mount root fs");
            (await File.ReadAllTextAsync(emulator.ConsoleFile, TestContext.Current.CancellationToken)).ShouldContain("---[ end Kernel panic");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_build_with_nothing_changed_touches_nothing()
    {
        var before = File.GetLastWriteTimeUtc(Path.Combine(Artifacts, "manifest.json"));
        var result = await Repository.RunAsync(Repository.NukeScript, "BuildKernel", "--device", "virt");
        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("virt is up to date");
        File.GetLastWriteTimeUtc(Path.Combine(Artifacts, "manifest.json")).ShouldBe(before);
    }

    [Fact]
    public async Task Booted_with_the_series_each_port_with_ACS_isolates_what_is_behind_it()
    {
        var result = await Repository.RunAsync(Repository.NukeScript, "BootTest", "--device", "virt");
        result.ExitCode.ShouldBe(0, result.Output);
        // alone behind a port with ACS, multifunction or not; together behind the ports that have none
        Groups("virt").ShouldContain("0000:01:00.0");
        Groups("virt").ShouldContain("0000:03:00.0");
        Groups("virt").ShouldContain("0000:00:04.0 0000:00:04.1 0000:05:00.0 0000:06:00.0");
        result.Output.ShouldContain("as expected in expected-groups.txt");
    }

    [Fact]
    public async Task Booted_without_the_series_the_groups_are_larger_and_everything_else_is_equal()
    {
        var result = await Repository.RunAsync(Repository.NukeScript, "BootTest", "--device", "virt", "--without-patches");
        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("as expected in expected-groups.without-patches.txt");
        var patched = await Repository.RunAsync(Repository.NukeScript, "BootTest", "--device", "virt");
        patched.ExitCode.ShouldBe(0, patched.Output);
        Groups("virt.without-patches").Count.ShouldBeLessThan(Groups("virt").Count);
    }

    [Fact]
    public async Task A_wrong_expectation_fails_the_boot_test_and_names_the_devices()
    {
        var expectation = Path.Combine(Repository.Root, "kernels", "virt", "expected-groups.txt");
        var right = await File.ReadAllTextAsync(expectation, TestContext.Current.CancellationToken);
        try
        {
            await File.WriteAllTextAsync(
                expectation, right.Replace("0000:01:00.0\n", "0000:00:01.0x 0000:01:00.0\n", StringComparison.Ordinal),
                TestContext.Current.CancellationToken);
            var result = await Repository.RunAsync(Repository.NukeScript, "BootTest", "--device", "virt");
            result.ExitCode.ShouldBe(1, result.Output);
            result.Output.ShouldContain("KB9007");
            result.Output.ShouldContain("0000:01:00.0: expected");
        }
        finally
        {
            await File.WriteAllTextAsync(expectation, right, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task The_report_of_a_device_shows_the_groups_that_Linux_formed_and_that_all_are_as_predicted()
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "virt", "iommu-report");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var result = await Repository.RunAsync(Repository.NukeScript, "IommuReport", "--device", "virt");

        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("every function");
        var page = await File.ReadAllTextAsync(Path.Combine(folder, "groups.html"), TestContext.Current.CancellationToken);
        page.ShouldContain("0000:01:00.0");

        // the capture holds what Linux formed: the same as in the boot test, which leaves the host bridge unbound
        CaptureFile
            .TryRead(
                await File.ReadAllBytesAsync(Path.Combine(folder, "machine.capture"), TestContext.Current.CancellationToken),
                out var capture, out _)
            .ShouldBeTrue();
        var linux = capture!.Functions
            .Where(function => function.Group is not null)
            .GroupBy(function => function.Group, function => function.Address.ToString());
        var test = await Repository.RunAsync(Repository.NukeScript, "BootTest", "--device", "virt");
        test.ExitCode.ShouldBe(0, test.Output);
        linux
            .Select(group => string.Join(' ', group.Order(StringComparer.Ordinal)))
            .Order(StringComparer.Ordinal)
            .ShouldBe(Groups("virt").Append("0000:00:00.0").Order(StringComparer.Ordinal));
    }

    private static List<string> Groups(string variant)
    {
        using var result = JsonDocument.Parse(File.ReadAllText(Path.Combine(
            Repository.Root, "artifacts", variant, "boot-test", "result.json")));
        return
        [
            .. result.RootElement
                .GetProperty("groups")
                .EnumerateArray()
                .Select(group => string.Join(' ', group.EnumerateArray().Select(device => device.GetString()))),
        ];
    }
}

/// <summary>The tests that share one build, and use the folders of that device.</summary>
[CollectionDefinition(nameof(TheRealKernel))]
public sealed class BuiltOnce : ICollectionFixture<RealKernelBuild>;

/// <summary>The tests that boot what the one build made, or kernels beside it, in folders of their own.</summary>
[CollectionDefinition(nameof(KernelsThatBoot))]
public sealed class KernelsThatBoot : ICollectionFixture<RealKernelBuild>;

/// <summary>Runs the README's first command once for all tests of the real kernel.</summary>
public sealed class RealKernelBuild : IAsyncLifetime
{
    private static readonly Lazy<Task<RunResult>> Once =
        new(() => Repository.RunAsync(Repository.NukeScript, "BuildKernel", "--device", "virt"));

    internal RunResult Result { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Result = await Once.Value;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
