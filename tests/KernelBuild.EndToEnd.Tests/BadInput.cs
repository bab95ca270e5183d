using System.Text.Json;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Each thing a user can get wrong: a code, a non-zero exit, and the next build, once it is put right, goes on.</summary>
public sealed class BadInput : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        await _mini.PublishAsync();
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(0, result.Output);
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_unknown_device_lists_those_there_are()
    {
        var result = await Repository.RunAsync(_mini.NukeCommand("BuildKernel", "--device", "mimi"));
        result.ExitCode.ShouldBe(2, result.Output);
        result.Output.ShouldContain("KB9001");
        result.Output.ShouldContain("did you mean 'mini'?");
    }

    [Theory]
    [InlineData("patches/tune/series", "0002-missing.patch\n", "KB2002")]
    [InlineData("patches/tune/series", "0001-tune.patch --fuzz=3\n", "KB2003")]
    [InlineData("patches/tune/0001-tune.patch", "garbage\n", "KB2005")]
    [InlineData("kernels/mini/mini.config", "CONFIG_FASTT=y\n", "KB3003")]
    [InlineData("kernels/mini/mini.config", "CONFIG FAST=y\n", "KB3002")]
    [InlineData("kernels/mini/mini.kernelproj", "<Project>\n", "MSB4025")]
    public async Task A_wrong_file_gives_its_code_and_nothing_is_lost(string file, string content, string code)
    {
        var right = await File.ReadAllTextAsync(_mini.PathOf(file), TestContext.Current.CancellationToken);
        var records = await File.ReadAllTextAsync(_mini.PathOf(".work/mini/records.json"), TestContext.Current.CancellationToken);
        var image = await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "boot.img"), TestContext.Current.CancellationToken);
        _mini.Write(file, content);
        var failed = await _mini.BuildAsync();
        failed.ExitCode.ShouldBe(1, failed.Output);
        failed.Output.ShouldContain(code);
        _mini.Write(file, right);
        var mended = await _mini.BuildAsync();
        mended.ExitCode.ShouldBe(0, mended.Output);
        (await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "boot.img"), TestContext.Current.CancellationToken)).ShouldBe(image);
        if (file.StartsWith("patches/", StringComparison.Ordinal))
        {
            (await File.ReadAllTextAsync(_mini.PathOf(".work/mini/records.json"), TestContext.Current.CancellationToken)).ShouldBe(records);
        }
    }

    [Fact]
    public async Task A_patch_that_does_not_apply_names_patch_file_and_hunk_and_leaves_the_tree_alone()
    {
        var tree = await File.ReadAllTextAsync(_mini.PathOf(".work/mini/tree/drivers/one.c"), TestContext.Current.CancellationToken);
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(99, 100));
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(1, result.Output);
        result.Output.ShouldContain("0001-tune.patch(");
        result.Output.ShouldContain("error KB2004: '0001-tune.patch' does not apply: drivers/one.c, hunk #1 (@@ -8,5 +8,5 @@)");
        (await File.ReadAllTextAsync(_mini.PathOf(".work/mini/tree/drivers/one.c"), TestContext.Current.CancellationToken)).ShouldBe(tree);
    }

    [Fact]
    public async Task A_missing_series_names_those_beside_it()
    {
        _mini.Write(
            "kernels/mini/mini.kernelproj",
            MiniKernel.Project("console=ttyAMA0", "").Replace("patches/tune", "patches/tuna", StringComparison.Ordinal));
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(1, result.Output);
        result.Output.ShouldContain("KB2001");
        result.Output.ShouldContain("series beside it: tune");
    }

    [Fact]
    public async Task A_compile_error_in_a_patched_file_has_file_line_and_column()
    {
        var patch = MiniKernel.Patch(10, 11).Replace("return 11; }\n int one_11", "retrun 11; }\n int one_11", StringComparison.Ordinal);
        _mini.Write("patches/tune/0001-tune.patch", patch);
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(1, result.Output);
        result.Output.ShouldContain("drivers/one.c(10,");
        result.Output.ShouldContain("error KB4001: ");
        var verdict = JsonElement.Parse(await File.ReadAllTextAsync(
            Path.Combine(_mini.Artifacts, "manifest.json"), TestContext.Current.CancellationToken)).GetProperty("verdict");
        (verdict.GetProperty("result").GetString(), verdict.GetProperty("stage").GetString()).ShouldBe(
            ("failed", "compile"), "a build that failed must not look like one that did not");
        File.Exists(Path.Combine(_mini.Artifacts, "SHA256SUMS")).ShouldBeFalse();
        File.ReadAllText(Path.Combine(_mini.Artifacts, "logs", "compile.log")).ShouldContain("retrun");
    }

    [Fact]
    public async Task A_source_that_does_not_answer_is_an_error_and_a_source_in_the_store_needs_no_network()
    {
        Directory.Move(_mini.PathOf("source.git"), _mini.PathOf("elsewhere.git"));
        _mini.Write("kernels/mini/mini.config", "CONFIG_FAST=y\n");
        var offline = await _mini.BuildAsync();
        offline.ExitCode.ShouldBe(0, offline.Output);
        Directory.Delete(_mini.Cache, recursive: true);
        _mini.Write("kernels/mini/mini.config", "CONFIG_FAST=y\nCONFIG_LEVEL=2\n");
        var gone = await _mini.BuildAsync();
        gone.ExitCode.ShouldBe(1, gone.Output);
        gone.Output.ShouldContain("KB1007");
    }

    [Fact]
    public async Task A_second_build_of_the_same_device_at_the_same_time_is_refused_and_harms_nothing()
    {
        // the compiler waits, so that the first build is certainly on its way
        _mini.Write("source/drivers/two.c", MiniKernel.Source("two", 21));
        _mini.Write(
            "source/Makefile",
            (await File.ReadAllTextAsync(_mini.PathOf("source/Makefile"), TestContext.Current.CancellationToken)).Replace(
                "@mkdir -p $(dir $@)", "@sleep 20; mkdir -p $(dir $@)", StringComparison.Ordinal));
        await _mini.PublishAsync();
        File.Delete(_mini.PathOf("kernels/mini/mini.lock.json"));
        var first = _mini.BuildAsync();
        await WaitForAsync(() => File.Exists(_mini.PathOf(".work/mini/busy.by")) && !File.Exists(_mini.PathOf(".work/mini/up-to-date")));
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var second = await _mini.BuildAsync();
        second.ExitCode.ShouldBe(2, second.Output);
        second.Output.ShouldContain("KB9002");
        second.Output.ShouldContain("(process ");
        var finished = await first;
        finished.ExitCode.ShouldBe(0, finished.Output);
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 200 && !condition(); attempt++)
        {
            await Task.Delay(50);
        }
    }
}
