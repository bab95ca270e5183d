using System.Text.Json;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>VerifyReproducible: a second build in other surroundings, and what it finds where one of them reaches a product.</summary>
public sealed class SecondBuilds : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    private JsonElement Verdict => JsonElement.Parse(File.ReadAllText(Path.Combine(_mini.Artifacts, "manifest.json"))).GetProperty("verdict");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_build_that_takes_nothing_from_its_surroundings_is_the_same()
    {
        await _mini.PublishAsync();
        var result = await VerifyAsync();
        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("every product is the same");
        var reproducible = Verdict.GetProperty("reproducible");
        reproducible.GetProperty("result").GetString().ShouldBe("identical");
        reproducible.GetProperty("varied").EnumerateArray().Select(one => one.GetString()).ShouldContain("path");
        Oracle.Text(_mini.Artifacts, "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS").ShouldBe("");

        // nothing has changed: the verdict stays, and a manifest that is written anew for the same products keeps it
        (await _mini.BuildAsync()).Output.ShouldContain("is up to date");
        File.Delete(_mini.PathOf(".work/mini/up-to-date"));
        (await _mini.BuildAsync()).ExitCode.ShouldBe(0);
        Verdict.GetProperty("reproducible").GetProperty("result").GetString().ShouldBe("identical");
    }

    [Fact]
    public async Task A_folder_as_source_is_built_twice_and_what_its_scripts_leave_in_it_is_no_edit()
    {
        var project = _mini.PathOf("kernels/mini/mini.kernelproj");
        var text = await File.ReadAllTextAsync(project, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            project, System.Text.RegularExpressions.Regex.Replace(text, "<KernelSource Include=\"[^\"]*\"", "<KernelSource Include=\"path:../../source\""),
            TestContext.Current.CancellationToken);
        // as Samsung's link-vmlinux.sh does
        var makefile = _mini.PathOf("source/Makefile");
        await File.WriteAllTextAsync(
            makefile,
            (await File.ReadAllTextAsync(makefile, TestContext.Current.CancellationToken)).Replace(
                "\t@cp $@ $(O)/vmlinux", "\t@PYTHONDONTWRITEBYTECODE=0 PYTHONPATH=scripts python3 -c 'import part'; cp $@ $(O)/vmlinux",
                StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        _mini.Write("source/scripts/part.py", "ONE = 1\n");
        await _mini.PublishAsync();
        var result = await VerifyAsync();
        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("every product is the same");
        Directory.Exists(_mini.PathOf(".work/mini/pycache")).ShouldBeTrue();
        File.Delete(_mini.PathOf(".work/mini/up-to-date"));
        (await _mini.BuildAsync()).Output.ShouldNotContain("KB1011");
    }

    [Theory]
    [InlineData("$(O)", "path")]
    [InlineData("$(shell uname -n)", "host name")]
    [InlineData("$(shell id -u)", "user")]
    [InlineData("$(shell umask)", "umask")]
    [InlineData("$(shell date +%Y)", "clock")]
    [InlineData("$(shell ls -U many)", "order of files in folders")]
    public async Task What_of_the_surroundings_reaches_a_product_is_found(string text, string varied)
    {
        var makefile = _mini.PathOf("source/Makefile");
        for (var i = 0; i < 40; i++)
        {
            _mini.Write($"source/many/{i}", "");
        }

        var rule = await File.ReadAllTextAsync(makefile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            makefile, rule.Replace("user=$(KBUILD_BUILD_USER)", $"user=$(KBUILD_BUILD_USER) {text}", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        await _mini.PublishAsync();
        var result = await VerifyAsync();
        if (result.Output.Contains($"not varied: {varied}", StringComparison.Ordinal) || result.Output.Contains("not varied: host name and " + varied, StringComparison.Ordinal))
        {
            Assert.Skip($"this host cannot vary the {varied}");
        }

        result.ExitCode.ShouldBe(1, result.Output);
        result.Output.ShouldContain("error KB9055: ");
        Verdict.GetProperty("reproducible").GetProperty("result").GetString().ShouldBe("different");
        Verdict.GetProperty("reproducible").GetProperty("causes").GetArrayLength().ShouldBeGreaterThan(0);
    }

    private Task<RunResult> VerifyAsync() => Repository.RunAsync(_mini.NukeCommand("VerifyReproducible", "--device", "mini"));
}
