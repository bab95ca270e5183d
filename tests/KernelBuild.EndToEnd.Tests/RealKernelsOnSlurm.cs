using System.Text.Json;
using KernelBuild.Host.Processes;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Four series of real kernels with six patch sets each, on two nodes of Slurm: each cell is built once, a second run builds none.</summary>
[Collection(nameof(SlurmCluster))]
public sealed class RealKernelsOnSlurm(ITestOutputHelper log) : IDisposable
{
    private static readonly string[] _series = ["5.10", "6.1", "6.12", "7.2"];

    private readonly string _root = Directory.CreateTempSubdirectory("kernelbuild-slurm-kernels-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Half an hour on two processors without a warm compiler cache.</summary>
    [FactWith("slurmctld", "slurmd", "munged", "sbatch", "clang-19")]
    public async Task Twenty_four_cells_are_built_once_each_and_fetched_the_second_time()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 }, "only with --exhaustive");
        Write(".nuke/parameters.json", "{}\n");
        foreach (var series in _series)
        {
            WriteDevice(series);
        }

        foreach (var set in Enumerable.Range(1, 6))
        {
            Write($"patches/set{set}/series", "0001-set.patch\n");
            Write($"patches/set{set}/0001-set.patch", Patch(set));
        }

        using var cluster = SlurmCluster.Start(nodes: 2);
        (await MatrixAsync(cluster)).ShouldBe(Enumerable.Repeat("built", 24));
        Directory.GetFiles(Path.Combine(_root, "store", "entries")).Length.ShouldBe(24);
        foreach (var series in _series)
        {
            foreach (var set in Enumerable.Range(1, 6))
            {
                var cell = Directory.GetDirectories(Path.Combine(_root, "artifacts", "matrix", "cells"))
                    .Where(folder => System.Text.RegularExpressions.Regex.IsMatch(Path.GetFileName(folder), $@"^k{series}(?!\d).*set{set}\b"))
                    .ShouldHaveSingleItem();
                var image = await File.ReadAllBytesAsync(Path.Combine(cell, "Image"), TestContext.Current.CancellationToken);
                image.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes($"Linux version {series}.")).ShouldBeGreaterThan(0, cell);
                image.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(Mark(set))).ShouldBeGreaterThan(0, cell);
            }
        }

        (await MatrixAsync(cluster)).ShouldBe(Enumerable.Repeat("fetched", 24));
    }

    private async Task<string[]> MatrixAsync(SlurmCluster cluster)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var run = await Repository.RunAsync(Command.WithFullEnvironment(Repository.NukeScript)
            .WithArguments(
                "Matrix", "--root", _root, "--devices", string.Join(',', _series.Select(series => "k" + series)),
                "--series", "set1,set2,set3,set4,set5,set6", "--executor", "slurm", "--jobs", "1", "--store", Path.Combine(_root, "store"))
            .WithEnvironment("SLURM_CONF", cluster.Configuration));
        run.ExitCode.ShouldBe(0, run.Output);
        log.WriteLine($"{watch.Elapsed.TotalSeconds:0} s");
        log.WriteLine(await File.ReadAllTextAsync(Path.Combine(_root, "artifacts", "matrix", "report.md"), TestContext.Current.CancellationToken));
        return
        [
            .. JsonElement.Parse(await File.ReadAllTextAsync(
                    Path.Combine(_root, "artifacts", "matrix", "report.json"), TestContext.Current.CancellationToken))
                .GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("verdict").GetString()!),
        ];
    }

    private static string Mark(int set) => $"kernelbuild: patch set {set} of 6";

    /// <summary>Of a file that is the same in all four.</summary>
    private static string Patch(int set) => $"""
        From: A <a@example.org>
        Subject: [PATCH] ctype: a mark

        --- a/lib/ctype.c
        +++ b/lib/ctype.c
        @@ -9,4 +9,5 @@
         #include <linux/compiler.h>
         #include <linux/export.h>
        +const char kernelbuild_mark[] = "{Mark(set)}";
         
         const unsigned char _ctype[] = {"{"}

        """;

    private void WriteDevice(string series)
    {
        var sdk = Path.Combine(Repository.Root, "src", "KernelBuild.Sdk", "Sdk");
        var suite = series switch { "5.10" => "@bullseye", "7.2" => "@sid", _ => "" };
        Write($"kernels/k{series}/ramdisk/init", "#!/bin/sh\n");
        Write($"kernels/k{series}/k{series}.kernelproj", $"""
            <Project>
              <Import Project="{sdk}/Sdk.props" />
              <PropertyGroup>
                <Architecture>arm64</Architecture>
                <Clang>19</Clang>
                <KernelImage>Image</KernelImage>
              </PropertyGroup>
              <ItemGroup>
                <KernelSource Include="debian:linux-source-{series}{suite}" />
                <Defconfig Include="tinyconfig" />
                <Ramdisk Include="ramdisk/**" />
              </ItemGroup>
              <Import Project="{sdk}/Sdk.targets" />
            </Project>
            """);
    }

    private void Write(string relative, string content)
    {
        var path = Path.Combine(_root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
