using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KernelBuild.Farm;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>A device is built on real compile farms of two hosts; what it makes is compared with what this machine makes alone.</summary>
public sealed class BuildFarms(CompilerArchives archives) : IAsyncLifetime, IClassFixture<CompilerArchives>
{
    private const int Sources = 16;

    private readonly MiniKernel _mini = new();
    private readonly FarmOfNamespaces? _farm = FarmOfNamespaces.Missing is null ? FarmOfNamespaces.Create(2) : null;

    public async ValueTask InitializeAsync()
    {
        for (var file = 0; file < Sources; file++)
        {
            _mini.Write($"source/drivers/more{file}.c", Source(file));
        }

        // dependencies as kbuild asks for them, and as fixdep wants them
        var makefile = await File.ReadAllTextAsync(_mini.PathOf("source/Makefile"), TestContext.Current.CancellationToken);
        _mini.Write("source/Makefile", makefile.Replace(
            "@$(CC) --target=aarch64-linux-gnu -c -o $@ $<",
            "@$(CC) -Wp,-MMD,$(@D)/.$(@F).d --target=aarch64-linux-gnu -c -o $@ $< && grep -q $(<F) $(@D)/.$(@F).d",
            StringComparison.Ordinal));
        // as kernel/configs.c: the host does not have that file
        _mini.Write("source/drivers/one.c", MiniKernel.Source("one", 10) + "__asm__(\".incbin \\\"drivers/two.c\\\"\");\n");
        await _mini.PublishAsync();
        Directory.CreateDirectory(_mini.Cache);
        Directory.CreateSymbolicLink(Path.Combine(_mini.Cache, "farm"), archives.Folder);
    }

    public ValueTask DisposeAsync()
    {
        _farm?.Dispose();
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    private FarmOfNamespaces Farm
    {
        get
        {
            Assert.SkipWhen(_farm is null, FarmOfNamespaces.Missing ?? "");
            return _farm!;
        }
    }

    /// <summary>Something to do for the compiler, so that a daemon can be killed in the middle.</summary>
    private static string Source(int file)
    {
        var text = new System.Text.StringBuilder("#define TWICE(x) ((x) + (x))\n");
        for (var function = 0; function < 400; function++)
        {
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"int f{file}_{function}(int a, int b) {{ if (((a) == (b))) return TWICE(a) * {function}; return a % (b | 1) + __LINE__; }}\n");
        }

        return text.Append("const char *where(void) { return __FILE__; }\n").ToString();
    }

    private void Forget()
    {
        foreach (var folder in (string[])[_mini.PathOf(".work"), _mini.PathOf("artifacts"), Path.Combine(_mini.Cache, "ccache")])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Objects by name, of a build without farm.</summary>
    private async Task<SortedDictionary<string, string>> BuildAloneAsync()
    {
        var built = await _mini.BuildAsync();
        built.ExitCode.ShouldBe(0, built.Output);
        var objects = Objects();
        objects.Count.ShouldBe(Sources + 2);
        Forget();
        return objects;
    }

    private Task<RunResult> BuildOnAsync(string farm, params string[] more) => Repository.RunAsync(
        Farm.OnClient(_mini.NukeCommand("BuildKernel", "--device", "mini", "--jobs", "4").WithArguments(more))
            .WithEnvironment(BuildFarmSetting.Variable, farm));

    private SortedDictionary<string, string> Objects() => new(
        Directory.EnumerateFiles(_mini.PathOf(".work/mini/out"), "*.o", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))),
        StringComparer.Ordinal);

    private JsonNode Compiled() => JsonNode.Parse(File.ReadAllText(Path.Combine(_mini.Artifacts, "manifest.json")))!["compilation"]!["farm"]!;

    [FactWith("clang-19", "icecc", "distcc")]
    public async Task Icecream_sends_the_compiler_and_makes_the_same_objects()
    {
        var expected = await BuildAloneAsync();
        Farm.StartIcecream(jobs: 2);
        var built = await BuildOnAsync("icecream://10.77.0.1:8765/test");
        built.ExitCode.ShouldBe(0, built.Output);
        Objects().ShouldBe(expected);
        var farm = Compiled();
        ((int)farm["remote"]!).ShouldBeGreaterThan(0, built.Output);
        ((int)farm["remote"]! + (int)farm["local"]! + (int)farm["lost"]!).ShouldBeGreaterThanOrEqualTo(Sources + 2);
        ((string)farm["environment"]!).Length.ShouldBe(64);
        built.Output.ShouldContain("host1 (2), host2 (2)");
        (Farm.LogOf(1) + Farm.LogOf(2)).ShouldContain("Remote compilation completed with exit code 0");
        Farm.ProcessesOfClient("kernelbuild-farm-[0-9a-f]").ShouldBeEmpty();
    }

    [FactWith("clang-19", "icecc", "distcc")]
    public async Task A_host_and_the_scheduler_die_and_the_objects_are_right()
    {
        var expected = await BuildAloneAsync();
        Farm.StartIcecream(jobs: 2);
        var building = BuildOnAsync("icecream://10.77.0.1:8765/test");
        await FirstObjectAsync(building);
        Farm.Kill(2);
        Farm.KillScheduler();
        var built = await building;
        built.ExitCode.ShouldBe(0, built.Output);
        Objects().ShouldBe(expected);
    }

    [FactWith("clang-19", "icecc", "distcc")]
    public async Task Without_a_scheduler_the_build_goes_on_and_says_so()
    {
        var built = await BuildOnAsync("icecream://10.77.0.1:8765/test");
        built.ExitCode.ShouldBe(0, built.Output);
        built.Output.ShouldContain("KB4020");
        Objects().Count.ShouldBe(Sources + 2);
    }

    [FactWith("clang-19", "icecc", "distcc", "ccache")]
    public async Task Distcc_behind_ccache_makes_the_same_objects_and_loses_a_host()
    {
        _mini.Write(
            "kernels/mini/mini.kernelproj",
            MiniKernel.Project("", "").Replace("<CompilerCache>false</CompilerCache>", "", StringComparison.Ordinal));
        var expected = await BuildAloneAsync();
        Farm.StartDistcc(1, jobs: 2);
        Farm.StartDistcc(2, jobs: 2);
        var built = await BuildOnAsync("distcc://10.77.0.1/2,10.77.0.2/2");
        built.ExitCode.ShouldBe(0, built.Output);
        Objects().ShouldBe(expected);
        ((int)Compiled()["remote"]!).ShouldBe(Sources + 1, built.Output);
        ((int)Compiled()["lost"]!).ShouldBe(1, "the source with .incbin");
        built.Output.ShouldContain("KB4021");

        // an object of the farm is an object of this compiler: without farm they all hit
        Directory.Delete(_mini.PathOf(".work"), recursive: true);
        (await _mini.BuildAsync()).Output.ShouldContain($"compiler cache: {Sources + 2} local hits");

        Forget();
        var building = BuildOnAsync("distcc://10.77.0.1/2,10.77.0.2/2");
        await FirstObjectAsync(building);
        Farm.Kill(2);
        var lossy = await building;
        lossy.ExitCode.ShouldBe(0, lossy.Output);
        Objects().ShouldBe(expected);
    }

    [FactWith("clang-19", "icecc", "distcc")]
    public async Task A_host_with_another_compiler_is_left_out()
    {
        // the same version, which makes the same code, of another build
        var other = _mini.PathOf("clang");
        var program = await File.ReadAllBytesAsync(File.ResolveLinkTarget("/usr/bin/clang-19", true)!.FullName, TestContext.Current.CancellationToken);
        program[program.AsSpan().IndexOf("GNU\0"u8) + 4] ^= 1;
        await File.WriteAllBytesAsync(other, program, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(other, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(_mini.Root, (UnixFileMode)0b111_101_101);
        Farm.StartDistcc(1, jobs: 2);
        Farm.StartDistcc(2, jobs: 2, clang: other);
        var built = await BuildOnAsync("distcc://10.77.0.1/2,10.77.0.2/2,10.77.0.9/2");
        built.ExitCode.ShouldBe(0, built.Output);
        built.Output.ShouldContain("goes without 10.77.0.2, which has another compiler");
        built.Output.ShouldContain("goes without 10.77.0.9, which");
        Compiled()["hosts"]!.GetValue<int>().ShouldBe(1);
    }

    [FactWith("clang-19")]
    public async Task A_farm_that_is_not_understood_stops_the_build()
    {
        var refused = await _mini.BuildAsync("--build-farm", "icecream://a/b/c");
        refused.ExitCode.ShouldNotBe(0);
        refused.Output.ShouldContain("KB4019");
    }

    private async Task FirstObjectAsync(Task building)
    {
        var folder = _mini.PathOf(".work/mini/out");
        while (!building.IsCompleted && !(Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.o", SearchOption.AllDirectories).Any()))
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        building.IsCompleted.ShouldBeFalse("nothing was left to do");
    }
}

/// <summary>The archive of the compiler takes twenty seconds to make: once for all tests.</summary>
public sealed class CompilerArchives : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("kernelbuild-farm-environments-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
