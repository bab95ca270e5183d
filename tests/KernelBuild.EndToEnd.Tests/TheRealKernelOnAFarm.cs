using KernelBuild.Host.Processes;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The real kernel, compiled without cache on hosts of icecream, is byte for byte the one that this machine makes.</summary>
[Collection(nameof(TheRealKernel))]
public sealed class TheRealKernelOnAFarm
{
    /// <summary>A quarter of an hour on two processors.</summary>
    [FactWith("clang-19", "icecc", "distcc")]
    public async Task The_real_kernel_is_the_same_on_a_farm()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 }, "only with --exhaustive");
        Assert.SkipWhen(FarmOfNamespaces.Missing is not null, FarmOfNamespaces.Missing ?? "");
        string[] arguments = ["BuildKernel", "--device", "virt", "--without-patches"];
        var alone = await Repository.RunAsync(Repository.NukeScript, arguments);
        alone.ExitCode.ShouldBe(0, alone.Output);
        var image = Repository.PathOf("artifacts", "virt.without-patches", "Image");
        var expected = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);
        Directory.Delete(Repository.PathOf(".work", "virt.without-patches"), recursive: true);
        Directory.Delete(Repository.PathOf("artifacts", "virt.without-patches"), recursive: true);

        using var farm = FarmOfNamespaces.Create(2);
        farm.StartIcecream(jobs: 2);
        var command = Command.WithFullEnvironment(Repository.NukeScript)
            .WithArguments(arguments)
            .WithArguments("--compiler-cache", "false", "--build-farm", "icecream://10.77.0.1:8765/test")
            .In(Repository.Root);
        var built = await Repository.RunAsync(farm.OnClient(command));
        built.ExitCode.ShouldBe(0, built.Output);
        built.Output.ShouldMatch(@"build farm: [1-9][0-9]+ calls of the compiler on");
        (await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken)).AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }
}
