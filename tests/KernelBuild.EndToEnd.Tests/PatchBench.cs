using System.Globalization;
using System.Text.Json;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The test bench of patches through ./nuke.sh: matrix, refresh, bisection, the guilty patch.</summary>
public sealed class PatchBench : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        // as kbuild reads makefiles all over the tree
        var makefile = _mini.PathOf("source/Makefile");
        await File.AppendAllTextAsync(makefile, "-include $(wildcard drivers/*.mk)\n");
        await _mini.PublishAsync();
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<RunResult> NukeAsync(params string[] arguments) => Repository.RunAsync(_mini.NukeCommand(arguments));

    private JsonElement[] Cells() =>
        [
            .. JsonDocument.Parse(File.ReadAllText(_mini.PathOf("artifacts/patches/report.json"))).RootElement
                .GetProperty("cells")
                .EnumerateArray(),
        ];

    /// <summary>A patch that adds a file of its own.</summary>
    private string Adds(string series, int number, string body, string ending = "c")
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:0000}-add.patch");
        var lines = body.Split('\n');
        _mini.Write($"patches/{series}/{name}", string.Create(CultureInfo.InvariantCulture, $"""
            From: A <a@example.org>
            Date: Mon, 1 Jun 2026 12:00:00 +0000
            Subject: [PATCH] add number {number}

            ---
            diff --git a/drivers/added{number}.{ending} b/drivers/added{number}.{ending}
            new file mode 100644
            --- /dev/null
            +++ b/drivers/added{number}.{ending}
            @@ -0,0 +1,{lines.Length} @@
            {string.Join('\n', lines.Select(line => "+" + line))}

            """));
        return name;
    }

    [Fact]
    public async Task The_matrix_names_the_cell_that_fails_and_a_second_run_checks_only_what_changed()
    {
        _mini.Write("patches/other/series", Adds("other", 1, "int one_more;") + "\n");
        _mini.Write("patches/broken/series", "0001-tune.patch\n");
        _mini.Write("patches/broken/0001-tune.patch", MiniKernel.Patch(99, 100));
        var first = await NukeAsync("TestPatches");
        first.ExitCode.ShouldBe(1, first.Output);
        first.Output.ShouldContain("KB2004");
        Cells().ToDictionary(cell => cell.GetProperty("series").GetString()!, cell => cell.GetProperty("verdict").GetString())
            .ShouldBe(
                new Dictionary<string, string?> { ["broken"] = "failed", ["other"] = "applied", ["tune"] = "applied" }, ignoreOrder: true);
        foreach (var report in (string[])["report.md", "report.junit.xml", "report.sarif"])
        {
            File.ReadAllText(_mini.PathOf("artifacts/patches/" + report)).ShouldContain("KB2004");
        }

        _mini.Write("patches/broken/0001-tune.patch", MiniKernel.Patch(10, 12));
        var second = await NukeAsync("TestPatches", "--each");
        second.ExitCode.ShouldBe(0, second.Output);
        Cells()
            .Where(cell => !cell.GetProperty("unchanged").GetBoolean())
            .ShouldHaveSingleItem()
            .GetProperty("series")
            .GetString()
            .ShouldBe("broken");
    }

    [Fact]
    public async Task With_keep_going_every_patch_that_fails_is_seen_and_a_source_that_cannot_be_had_fails_alone()
    {
        _mini.Write("patches/long/series", "0001-tune.patch\n0002-tune.patch\n" + Adds("long", 3, "int three;") + "\n");
        _mini.Write("patches/long/0001-tune.patch", MiniKernel.Patch(99, 100));
        _mini.Write("patches/long/0002-tune.patch", MiniKernel.Patch(98, 100));
        _mini.Write(
            "kernels/gone/gone.kernelproj",
            MiniKernel.Project("console=ttyAMA0", "").Replace("source.git", "none.git", StringComparison.Ordinal));
        var stopped = await NukeAsync("TestPatches", "--series", "long");
        stopped.ExitCode.ShouldBe(1, stopped.Output);
        stopped.Output.ShouldContain("KB1");
        var result = await NukeAsync("TestPatches", "--series", "long", "--keep-going");
        result.ExitCode.ShouldBe(1, result.Output);
        var cells = Cells().ToDictionary(cell => cell.GetProperty("device").GetString()!);
        cells["gone"].GetProperty("verdict").GetString().ShouldBe("no-source");
        cells["mini"].GetProperty("patches").EnumerateArray().Select(patch => patch.GetProperty("verdict").GetString())
            .ShouldBe(["failed", "failed", "applied"]);
        foreach (var report in (string[])["report.md", "report.junit.xml", "report.sarif"])
        {
            var text = File.ReadAllText(_mini.PathOf("artifacts/patches/" + report));
            text.ShouldContain("KB1007");
            text.ShouldContain("0002-tune.patch");
        }
    }

    [Fact]
    public async Task Cells_are_compiled_on_demand_beside_the_usual_build()
    {
        (await _mini.BuildAsync()).ExitCode.ShouldBe(0);
        var image = await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "Image"), TestContext.Current.CancellationToken);
        _mini.Write("patches/bad/series", Adds("bad", 1, "int f(void) { return undeclared; }") + "\n");
        var result = await NukeAsync("TestPatches", "--series", "tune", "bad", "--build");
        result.ExitCode.ShouldBe(1, result.Output);
        Cells().Select(cell => cell.GetProperty("verdict").GetString()).ShouldBe(["built", "build-failed"]);
        Cells()[1].GetProperty("log").ToString().ShouldContain("undeclared");
        (await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "Image"), TestContext.Current.CancellationToken)).ShouldBe(image);
        (await _mini.BuildAsync()).Output.ShouldContain("mini is up to date");
    }

    [Fact]
    public async Task A_compile_error_names_the_patch_the_hunk_and_the_line_that_brought_it_in()
    {
        var patch = MiniKernel.Patch(10, 11).Replace("return 11; }\n int one_11", "retrun 11; }\n int one_11", StringComparison.Ordinal);
        _mini.Write("patches/tune/0001-tune.patch", patch);
        var result = await _mini.BuildAsync();
        result.ExitCode.ShouldBe(1, result.Output);
        var line = Array.FindIndex(patch.Split('\n'), text => text.StartsWith('+') && text.Contains("retrun", StringComparison.Ordinal))
            + 1;
        result.Output.ShouldContain(string.Create(
            CultureInfo.InvariantCulture,
            $"0001-tune.patch({line}): error KB2015: '0001-tune.patch' brought in the line drivers/one.c:10, with hunk #1 (@@ -8,5 +8,5 "
            + $"@@)"));
    }

    [Fact]
    public async Task The_first_patch_that_breaks_the_build_is_found_and_the_smallest_set()
    {
        // the fourth cannot stand the second; each alone is harmless
        var names = new List<string>();
        for (var number = 1; number <= 6; number++)
        {
            names.Add(number switch
            {
                2 => Adds("long", number, "TWO := 1", "mk"),
                4 => Adds("long", number, "ifdef TWO\n$(error both are there)\nendif", "mk"),
                _ => Adds("long", number, string.Create(CultureInfo.InvariantCulture, $"int added_{number};")),
            });
        }

        _mini.Write("patches/long/series", string.Concat(names.Select(name => name + "\n")));
        _mini.Write(
            "kernels/mini/mini.kernelproj",
            MiniKernel.Project("console=ttyAMA0", "").Replace("patches/tune", "patches/long", StringComparison.Ordinal));
        var result = await NukeAsync("BisectPatches", "--device", "mini");
        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("First bad patch: 0004-add.patch");
        result.Output.ShouldContain("Smallest set that fails: 0002-add.patch, 0004-add.patch");
    }

    [Fact]
    public async Task A_drifted_patch_is_rewritten_once_and_then_left_alone()
    {
        var original = MiniKernel.Patch(10, 11);
        _mini.Write("patches/tune/0001-tune.patch", original.Replace("@@ -8,5 +8,5 @@", "@@ -3,5 +3,5 @@", StringComparison.Ordinal));
        var dry = await NukeAsync("RefreshPatches", "--device", "mini", "--series", "tune", "--dry-run");
        dry.ExitCode.ShouldBe(0, dry.Output);
        dry.Output.ShouldContain("1 to be rewritten");
        (await File.ReadAllTextAsync(_mini.PathOf("patches/tune/0001-tune.patch"), TestContext.Current.CancellationToken)).ShouldContain(
            "@@ -3,5 +3,5 @@");
        (await NukeAsync("RefreshPatches", "--device", "mini", "--series", "tune")).ExitCode.ShouldBe(0);
        var once = await File.ReadAllTextAsync(_mini.PathOf("patches/tune/0001-tune.patch"), TestContext.Current.CancellationToken);
        once.ShouldContain("@@ -8,5 +8,5 @@");
        var again = await NukeAsync("RefreshPatches", "--device", "mini", "--series", "tune");
        again.Output.ShouldContain("1 of 1 patches fit as they are");
        (await File.ReadAllTextAsync(_mini.PathOf("patches/tune/0001-tune.patch"), TestContext.Current.CancellationToken)).ShouldBe(once);
    }
}
