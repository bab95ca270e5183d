using KernelBuild.Bench;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Bench;

/// <summary>A series that shows no fault because it does not even apply: there is no patch to find.</summary>
public sealed class SearchesInVain : IDisposable
{
    private readonly TestDevice _bench = new();

    public SearchesInVain()
    {
        _bench.Files.Write("linux/a.c", "int a;\n");
        Oracle.Git(_bench.Files.Folder("linux"), "init", "-q");
        _bench.Files.Write("patches/tune/series", "0001-tune.patch\n");
        _bench.Files.Write(
            "patches/tune/0001-tune.patch",
            "From: A <a@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] x\n\n---\n--- a/b.c\n+++ b/b.c\n@@ -1 +1 "
            + "@@\n-int b;\n+int c;\n");
        _bench.Files.Write(
            "kernels/demo/demo.kernelproj",
            "<Project><ItemGroup><KernelSource Include=\"path:../../linux\" /><PatchSeries Include=\"none\" /></ItemGroup></Project>");
        // the bare source is tried too: this stands for a project that cannot be built
        _bench.Files.Write("no-sdk.dll", "");
    }

    public void Dispose() => _bench.Dispose();

    [FactWith("git", "dotnet")]
    public async Task Are_KB2016_with_the_number_of_patches()
    {
        var bisection = new PatchBisection(_bench.Files.Path, "demo", _bench["no-sdk.dll"], _bench.Cache, new BuildOptions(), _bench.Log);
        var finding = await Findings.OfAsync(
            DiagnosticCodes.BisectionImpossible, () => bisection.RunAsync([_bench["patches/tune"]], boot: false, CancellationToken.None));
        finding.Message.ShouldContain("'demo' builds with all of its 1 patches");
        _bench.Log.Lines.ShouldContain("patches 1 to 1: cannot be told");
    }
}
