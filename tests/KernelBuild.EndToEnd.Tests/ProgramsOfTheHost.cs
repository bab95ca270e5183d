using KernelBuild.Host.Processes;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Kconfig asks the host for many programs; what else is installed there must not reach the kernel.</summary>
[Collection(nameof(TheRealKernel))]
public sealed class ProgramsOfTheHost(RealKernelBuild build) : IDisposable
{
    private readonly TestFolder _folder = new();

    private static string Work => Path.Combine(Repository.Root, ".work", "virt");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Programs_first_on_PATH_that_the_toolchain_does_not_name_change_no_bit()
    {
        build.Result.ExitCode.ShouldBe(0, build.Result.Output);
        _folder.Script("fake/pahole", "echo v1.29");
        _folder.Script("fake/rustc", "echo 'rustc 1.80.0 (051478957 2024-07-21)'");
        _folder.Script("fake/bindgen", "echo 'bindgen 0.69.4'");
        _folder.Script("fake/gcc", "echo 'gcc (Debian 99) 99.0'");
        var path = _folder["fake"] + ":" + Environment.GetEnvironmentVariable("PATH");

        // the control: this is what Kconfig's own script finds with such a PATH
        var script = Path.Combine(Work, "tree", "scripts", "pahole-version.sh");
        var probe = await Repository.RunAsync(Command.WithFullEnvironment("sh").WithArguments(script, "pahole").WithEnvironment("PATH", path));
        probe.Output.Trim().ShouldBe("129");

        var config = Path.Combine(Work, "out", ".config");
        var token = TestContext.Current.CancellationToken;
        var (text, image) = (await File.ReadAllTextAsync(config, token), await File.ReadAllBytesAsync(Image, token));
        text.ShouldContain("CONFIG_PAHOLE_VERSION=0\n");
        File.Delete(config);

        var again = await RunAsync(path);
        again.ExitCode.ShouldBe(0, again.Output);
        again.Output.ShouldContain("configured:");
        (await File.ReadAllTextAsync(config, token)).ShouldBe(text);
        (await File.ReadAllBytesAsync(Image, token)).ShouldBe(image);
        (await RunAsync(path)).Output.ShouldContain("virt is up to date");
    }

    private static string Image => Path.Combine(Repository.Root, "artifacts", "virt", "Image");

    private static Task<RunResult> RunAsync(string path) => Repository.RunAsync(
        Command.WithFullEnvironment(Repository.NukeScript).WithArguments("BuildKernel", "--device", "virt").WithEnvironment("PATH", path));
}
