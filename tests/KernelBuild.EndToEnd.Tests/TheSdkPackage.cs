using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using KernelBuild.Host.Processes;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// The SDK as a NuGet package, used by a generated project outside the repository, with a feed and a package folder of its own.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TheSdkPackage : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();
    private readonly string _version = "0.1.0-test" + DateTime.UtcNow.Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync()
    {
        await _mini.PublishAsync();
        var pack = await Repository.RunAsync(
            "dotnet", "pack", Path.Combine(Repository.Root, "src", "KernelBuild.Sdk"), "-c", "Release", "-nodeReuse:false", "--nologo",
            "-p:RunAnalyzers=false", "-p:MinVerSkip=true", "-p:PackageVersion=" + _version, "-o", _mini.PathOf("feed"));
        pack.ExitCode.ShouldBe(0, pack.Output);
        _mini.Write("nuget.config", """
            <configuration>
              <packageSources>
                <clear />
                <add key="feed" value="feed" />
              </packageSources>
            </configuration>
            """);
        _mini.Write("global.json", $$"""{ "msbuild-sdks": { "KernelBuild.Sdk": "{{_version}}" } }""");
        var project = MiniKernel.Project("console=ttyAMA0", """
              <Target Name="AfterPatch">
                <Message Importance="high" Text="hook after patch" />
              </Target>
              <Target Name="BeforePack">
                <Message Importance="high" Text="hook before pack" />
              </Target>
            """);
        var lines = project.Split('\n').Where(line => !line.Contains("<Import ", StringComparison.Ordinal)).ToArray();
        lines[0] = "<Project Sdk=\"KernelBuild.Sdk\">";
        _mini.Write("kernels/mini/mini.kernelproj", string.Join('\n', lines));
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_project_on_the_package_builds_runs_its_hooks_and_embeds_what_was_built_in_the_binary_log()
    {
        var build = await DotnetAsync("build", "-bl:build.binlog");
        build.ExitCode.ShouldBe(0, build.Output);
        var hooks = build.Output.IndexOf("hook after patch", StringComparison.Ordinal);
        hooks.ShouldBeGreaterThan(0, build.Output);
        build.Output.IndexOf("hook before pack", StringComparison.Ordinal).ShouldBeGreaterThan(hooks);
        var config = await File.ReadAllTextAsync(Path.Combine(_mini.Artifacts, "config"), TestContext.Current.CancellationToken);
        (await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "Image"), TestContext.Current.CancellationToken)).ShouldBe(
            MiniKernel.ExpectedImage(
            "kernelbuild", await ClangAsync(), MiniKernel.Source("one", 11), MiniKernel.Source("two", 20), config));

        // a binary log is a gzip stream that carries the embedded files as a zip archive
        var log = new MemoryStream();
        await using (var gzip = new GZipStream(File.OpenRead(_mini.PathOf("kernels/mini/build.binlog")), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(log, TestContext.Current.CancellationToken);
        }

        var text = Encoding.Latin1.GetString(log.ToArray());
        text.ShouldContain("artifacts/mini/manifest.json");
        text.ShouldContain("artifacts/mini/config");
        text.ShouldContain("patches/tune/series");

        (await DotnetAsync("msbuild", "-getTargetResult:GetTargetPath")).Output.ShouldContain("artifacts/mini/boot.img");
        var clean = await DotnetAsync("build", "-t:Clean");
        clean.ExitCode.ShouldBe(0, clean.Output);
        Directory.Exists(_mini.Artifacts).ShouldBeFalse();
        var rebuild = await DotnetAsync("build", "-t:Rebuild");
        rebuild.ExitCode.ShouldBe(0, rebuild.Output);
        File.Exists(Path.Combine(_mini.Artifacts, "manifest.json")).ShouldBeTrue();
    }

    [Fact]
    public async Task An_error_has_MSBuild_s_canonical_form_with_file_and_line_of_the_fragment()
    {
        _mini.Write("kernels/mini/mini.config", "CONFIG_FAST=y\nCONFIG_LEVLE=1\n");
        var build = await DotnetAsync("build");
        build.ExitCode.ShouldBe(1, build.Output);
        build.Output.ShouldContain("kernels/mini/mini.config(2): error KB3003: CONFIG_LEVLE=1 was requested");
        build.Output.ShouldContain("did you mean CONFIG_LEVEL?");
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM")]
    public async Task A_signal_ends_the_build_with_a_code_that_is_not_0(string signal)
    {
        _mini.Write(
            "source/Makefile",
            (await File.ReadAllTextAsync(_mini.PathOf("source/Makefile"), TestContext.Current.CancellationToken)).Replace(
                "@mkdir -p $(dir $@)", "@sleep 60; mkdir -p $(dir $@)", StringComparison.Ordinal));
        await _mini.PublishAsync();
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("env")
            {
                WorkingDirectory = _mini.PathOf("kernels/mini"),
                RedirectStandardOutput = true,
                UseShellExecute = false,
            },
        };
        foreach (var argument in (string[])
        [
            "--default-signal=INT,TERM", "dotnet", "build", "-nodeReuse:false", "-tl:off", "-p:NoInstall=true",
        ])
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.StartInfo.Environment["KERNELBUILD_CACHE"] = _mini.Cache;
        process.StartInfo.Environment["NUGET_PACKAGES"] = _mini.PathOf("packages");
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        for (var attempt = 0; attempt < 600 && !File.Exists(Path.Combine(_mini.Artifacts, "logs", "compile.log")); attempt++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await Task.Delay(500, TestContext.Current.CancellationToken);
        (await Repository.RunAsync("kill", signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))).ExitCode.ShouldBe(0);
        await process
            .WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(40), TestContext.Current.CancellationToken);
        process.ExitCode.ShouldNotBe(0, await output);
        (await Processes.StillNamingAsync(_mini.PathOf(".work"))).ShouldBeEmpty();
    }

    private async Task<RunResult> DotnetAsync(string verb, params string[] arguments) => await Repository.RunAsync(
        Command.WithFullEnvironment("dotnet")
            .WithArguments(verb, "mini.kernelproj", "-nodeReuse:false", "-p:NoInstall=true")
            .WithArguments(verb == "build" ? ["-tl:off"] : [])
            .WithArguments(arguments)
            .WithEnvironment("KERNELBUILD_CACHE", _mini.Cache)
            .WithEnvironment("NUGET_PACKAGES", _mini.PathOf("packages"))
            .In(_mini.PathOf("kernels/mini")));

    private static async Task<string> ClangAsync() =>
        (await Repository.RunAsync("clang-19", "--version")).Output.Split('\n')[0];
}
