using System.Text.Json;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary><c>Matrix</c> on this machine: keys, lanes, store, report.</summary>
public sealed class MatrixOfVariants : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        _mini.Write("kernels/other/other.kernelproj", File.ReadAllText(_mini.PathOf("kernels/mini/mini.kernelproj")));
        _mini.Write("kernels/other/mini.config", "CONFIG_LEVEL=7\n");
        _mini.Write("kernels/other/ramdisk/init", "#!/bin/sh\n");
        _mini.Write("configs/slow.config", "CONFIG_FAST=n\n");
        // another name, the same bytes: one key
        _mini.Write("patches/same/series", "0001-tune.patch\n");
        _mini.Write("patches/same/0001-tune.patch", MiniKernel.Patch(10, 11));
        await _mini.PublishAsync();
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<RunResult> MatrixAsync(params string[] arguments) =>
        Repository.RunAsync(_mini.NukeCommand(["Matrix", "--store", _mini.PathOf("store"), .. arguments]));

    [FactWith("clang-19", SarifValidator.Package, "junitparser")]
    public async Task Each_key_is_built_once_and_a_second_run_builds_none()
    {
        string[] matrix = ["--devices", "mini,other", "--series", "tune,same,none", "--configs", "none,configs/slow.config"];
        var first = await MatrixAsync([.. matrix, "--lanes", "2"]);
        first.ExitCode.ShouldBe(0, first.Output);
        var cells = Cells();
        cells.Count.ShouldBe(12);
        cells.Values.Count(cell => Verdict(cell) == "built").ShouldBe(8);
        Verdict(cells["mini+same"]).ShouldBe("fetched");
        cells["mini+same"].GetProperty("imageSha256").GetString().ShouldBe(cells["mini+tune"].GetProperty("imageSha256").GetString());

        // the oracle: what these inputs make, and what sha256sum says of the files
        var clang = Oracle.Text("/", "clang-19", "--version").Split('\n')[0];
        File.ReadAllBytes(_mini.PathOf("artifacts/matrix/cells/mini+none/Image")).ShouldBe(MiniKernel.ExpectedImage(
            "kernelbuild", clang, MiniKernel.Source("one", 10), MiniKernel.Source("two", 20),
            "CONFIG_BASE=y\nCONFIG_FAST=y\nCONFIG_LEVEL=1\n"));
        File.ReadAllText(_mini.PathOf("artifacts/matrix/cells/other+tune+slow/Image")).ShouldContain("int one_10(void) { return 11; }");
        File.ReadAllText(_mini.PathOf("artifacts/matrix/cells/other+tune+slow/Image")).ShouldNotContain("CONFIG_FAST=y");
        foreach (var (name, cell) in cells)
        {
            Oracle.Text(_mini.PathOf("artifacts/matrix/cells/" + name), "sha256sum", "--quiet", "-c", "SHA256SUMS").ShouldBeEmpty();
            Oracle.Text(_mini.PathOf("artifacts/matrix/cells/" + name), "sha256sum", "Image")[..64]
                .ShouldBe(cell.GetProperty("imageSha256").GetString());
        }

        SarifValidator.Errors(_mini.PathOf("artifacts/matrix/report.sarif")).ShouldBeEmpty();
        Oracle.Try(_mini.Root, "junitparser", "verify", "artifacts/matrix/report.junit.xml").ExitCode.ShouldBe(0);

        // another checkout of the same, with an empty .work, has the store alone
        Directory.Delete(_mini.PathOf(".work"), recursive: true);
        var blob = Directory.GetFiles(_mini.PathOf("store/blobs/sha256")).First(file =>
            Path.GetFileName(file) == cells["mini+none"].GetProperty("imageSha256").GetString());
        var second = await MatrixAsync(matrix);
        second.ExitCode.ShouldBe(0, second.Output);
        Cells().Values.ShouldAllBe(cell => Verdict(cell) == "fetched");

        // one flipped bit costs one warning and one build
        var bytes = File.ReadAllBytes(blob);
        bytes[100] ^= 1;
        File.WriteAllBytes(blob, bytes);
        var third = await MatrixAsync(matrix);
        third.ExitCode.ShouldBe(0, third.Output);
        third.Output.ShouldContain("warning KB9042");
        Cells().Where(cell => Verdict(cell.Value) == "built").Select(cell => cell.Key).ShouldBe(["mini+none"]);
        Oracle.Text(_mini.PathOf("store/blobs/sha256"), "sha256sum", Path.GetFileName(blob))[..64].ShouldBe(Path.GetFileName(blob));
    }

    [FactWith("clang-19")]
    public async Task A_cell_that_fails_fails_alone_and_a_change_of_anything_builds_anew()
    {
        _mini.Write("patches/broken/series", "0001-tune.patch\n");
        _mini.Write("patches/broken/0001-tune.patch", MiniKernel.Patch(99, 100));
        var failed = await MatrixAsync("--devices", "mini", "--series", "tune,broken");
        failed.ExitCode.ShouldBe(1, failed.Output);
        Cells().ToDictionary(cell => cell.Key, cell => Verdict(cell.Value))
            .ShouldBe(new Dictionary<string, string> { ["mini+tune"] = "built", ["mini+broken"] = "failed" }, ignoreOrder: true);
        foreach (var report in (string[])["report.md", "report.junit.xml", "report.sarif", "report.json"])
        {
            File.ReadAllText(_mini.PathOf("artifacts/matrix/" + report)).ShouldContain("KB2004");
        }

        foreach (var (file, from, to) in ((string, string, string)[])
        [
            ("patches/tune/0001-tune.patch", "return 11; }\n int one_11", "return 12; }\n int one_11"),
            ("kernels/mini/mini.config", "LEVEL=1", "LEVEL=2"),
            ("kernels/mini/ramdisk/init", "#!/bin/sh", "#!/bin/sh -e"),
            ("kernels/mini/mini.kernelproj", "</PropertyGroup>", "<KernelBuildUser>me</KernelBuildUser></PropertyGroup>"),
            ("kernels/mini/mini.kernelproj", "</Project>", "<Target Name=\"AfterCompile\" /></Project>"),
        ])
        {
            var text = File.ReadAllText(_mini.PathOf(file));
            text.ShouldContain(from);
            _mini.Write(file, text.Replace(from, to, StringComparison.Ordinal));
            var run = await MatrixAsync("--devices", "mini", "--series", "tune");
            run.ExitCode.ShouldBe(0, run.Output);
            Verdict(Cells()["mini+tune"]).ShouldBe("built", $"after {to} in {file}");
        }
    }

    [FactWith("clang-19")]
    public async Task A_cell_whose_inputs_changed_since_the_plan_is_not_built()
    {
        (await MatrixAsync("--devices", "mini", "--series", "tune")).ExitCode.ShouldBe(0);
        Directory.Delete(_mini.PathOf("store"), recursive: true);
        foreach (var result in Directory.GetFiles(_mini.PathOf(".work/matrix"), "*.json", SearchOption.AllDirectories).Where(file => !file.EndsWith("plan.json", StringComparison.Ordinal)))
        {
            File.Delete(result);
        }

        var plan = Directory.GetFiles(_mini.PathOf(".work/matrix/plans"), "plan.json", SearchOption.AllDirectories).ShouldHaveSingleItem();
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(10, 12));
        var cell = await Repository.RunAsync(_mini.NukeCommand("MatrixCell", "--matrix-cell", "0", "--matrix-plan", plan));
        cell.ExitCode.ShouldNotBe(0, cell.Output);
        cell.Output.ShouldContain("KB9044");
        Directory.Exists(_mini.PathOf("store/entries")).ShouldBeFalse();
    }

    [FactWith("clang-19")]
    public async Task A_CI_service_gets_the_cells_that_the_store_lacks()
    {
        (await MatrixAsync("--devices", "mini", "--series", "tune")).ExitCode.ShouldBe(0);
        var written = await MatrixAsync("--devices", "mini", "--series", "tune,none", "--executor", "ci");
        written.ExitCode.ShouldBe(0, written.Output);
        var matrix = JsonElement.Parse(File.ReadAllText(_mini.PathOf("artifacts/matrix/matrix.json")));
        var cell = matrix.GetProperty("include").EnumerateArray().ShouldHaveSingleItem();
        cell.GetProperty("cell").GetString().ShouldBe("mini+none");
        File.ReadAllText(_mini.PathOf("artifacts/matrix/child-pipeline.yml"))
            .ShouldContain("./nuke.sh Matrix --devices mini --series none --store");

        // what a job of the service runs, by a shell as there
        var job = await Repository.RunAsync(_mini.NukeCommand(cell.GetProperty("arguments").GetString()!.Split(' ')));
        job.ExitCode.ShouldBe(0, job.Output);
        (await MatrixAsync("--devices", "mini", "--series", "tune,none")).ExitCode.ShouldBe(0);
        Cells().Values.ShouldAllBe(one => Verdict(one) == "fetched");
    }

    [Theory]
    [InlineData("Matrix needs --devices")]
    [InlineData("there is no device 'mimi'", "--devices", "mimi")]
    [InlineData("there is no series", "--devices", "mini", "--series", "absent")]
    [InlineData("there is no configuration fragment", "--devices", "mini", "--configs", "absent.config")]
    [InlineData("--executor is 'cloud'", "--devices", "mini", "--executor", "cloud")]
    [InlineData("two cells of the matrix are called 'mini+tune'", "--devices", "mini", "--series", "tune,tune")]
    public async Task What_is_asked_for_must_be_there(string message, params string[] arguments)
    {
        var refused = await MatrixAsync(arguments);
        refused.ExitCode.ShouldBe(2, refused.Output);
        refused.Output.ShouldContain(message);
    }

    [Fact]
    public async Task A_device_whose_key_cannot_be_found_fails_its_own_cells_alone()
    {
        _mini.Write("kernels/other/other.kernelproj", File.ReadAllText(_mini.PathOf("kernels/other/other.kernelproj"))
            .Replace("<Ramdisk ", "<BuildConfig Include=\"build.config\" /><Ramdisk ", StringComparison.Ordinal));
        var run = await MatrixAsync("--devices", "mini,other", "--series", "tune", "--executor", "ci");
        run.ExitCode.ShouldBe(1, run.Output);
        run.Output.ShouldContain("error KB9043");
        File.ReadAllText(_mini.PathOf("artifacts/matrix/matrix.json")).ShouldContain("mini+tune");
    }

    private static string Verdict(JsonElement cell) => cell.GetProperty("verdict").GetString()!;

    private Dictionary<string, JsonElement> Cells() =>
        JsonElement.Parse(File.ReadAllText(_mini.PathOf("artifacts/matrix/report.json"))).GetProperty("cells").EnumerateArray()
            .ToDictionary(cell => cell.GetProperty("name").GetString()!);
}
