using System.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// Ctrl-C, SIGTERM and SIGKILL while the real kernel is in each stage: no compiler stays, the exit code is not 0, the next run
/// goes on and ends with the very image of an undisturbed build.
/// </summary>
[Collection(nameof(TheRealKernel))]
public sealed class Interruptions : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernelbuild-interrupt-").FullName;

    public Interruptions()
    {
        var kernels = Path.Combine(_root, "kernels", "virt");
        Directory.CreateDirectory(Path.Combine(_root, ".nuke"));
        File.WriteAllText(Path.Combine(_root, ".nuke", "parameters.json"), "{}");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "kernels", "virt"), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(kernels, Path.GetRelativePath(Path.Combine(Repository.Root, "kernels", "virt"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        Directory.CreateDirectory(Path.Combine(Cache, "downloads", "sha256"));
        var downloads = Path.Combine(CacheFolder.FromEnvironment().Downloads, "sha256");
        foreach (var download in Directory.Exists(downloads) ? Directory.EnumerateFiles(downloads) : [])
        {
            File.Copy(download, Path.Combine(Cache, "downloads", "sha256", Path.GetFileName(download)));
        }

        var project = Path.Combine(kernels, "virt.kernelproj");
        File.WriteAllText(project, File.ReadAllText(project)
            .Replace("$(MSBuildThisFileDirectory)../../", Repository.Root + "/", StringComparison.Ordinal)
            .Replace("../../", Repository.Root + "/", StringComparison.Ordinal));
    }

    /// <summary>A cache that has the downloads, which are not to be fetched again, and nothing else.</summary>
    private string Cache => Path.Combine(_root, "cache");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task At_every_stage_a_signal_ends_everything_and_the_next_run_goes_on()
    {
        // each stage announces itself by a file; the signal follows at once
        await InterruptAsync("-INT", () => Directory.Exists(Path.Combine(_root, ".work/virt/tree.filling")), "fetch");
        await InterruptAsync("-KILL", () => Directory.Exists(Path.Combine(_root, ".work/virt/tree.filling")), "fetch");
        await FetchAsync();
        await InterruptAsync("-INT", () => Directory.Exists(Path.Combine(_root, ".work/virt/tree")), "checkout");
        await InterruptAsync("-TERM", () => File.Exists(Path.Combine(_root, ".work/virt/out/scripts/basic/fixdep")), "configure");
        await InterruptAsync("-INT", () => File.Exists(Path.Combine(_root, ".work/virt/out/init/main.o")) || Objects() > 40, "compile");
        await InterruptAsync("-TERM", () => Objects() > 300, "compile");
        await InterruptAsync("-KILL", () => Objects() > 500, "compile");
        await InterruptAsync("-INT", () => File.Exists(Path.Combine(_root, ".work/virt/out/vmlinux")), "link");

        var finished = await Repository.RunAsync(Nuke());
        finished.ExitCode.ShouldBe(0, finished.Output);
        foreach (var product in (string[])["boot.img", "Image", "System.map", "vmlinux"])
        {
            var here = await File.ReadAllBytesAsync(
                Path.Combine(_root, "artifacts", "virt", product), TestContext.Current.CancellationToken);
            var there = await File.ReadAllBytesAsync(
                Path.Combine(Repository.Root, "artifacts", "virt", product), TestContext.Current.CancellationToken);
            here.AsSpan().SequenceEqual(there).ShouldBeTrue($"{product} of the interrupted build in another folder differs");
        }
    }

    /// <summary>Lets the fetch end and stops before the checkout of a tree that is not there yet.</summary>
    private async Task FetchAsync()
    {
        await InterruptAsync("-TERM", () => File.Exists(Path.Combine(_root, ".work/virt/tree.index")), "patch or checkout");
        Directory.Delete(Path.Combine(_root, ".work/virt/tree"), recursive: true);
        File.Delete(Path.Combine(_root, ".work/virt/tree.index"));
    }

    private Command Nuke() => Command.WithFullEnvironment(Repository.NukeScript)
        .WithArguments("BuildKernel", "--device", "virt", "--root", _root)
        .WithEnvironment("KERNELBUILD_CACHE", Cache)
        .WithEnvironment("CCACHE_DIR", CacheFolder.FromEnvironment().CompilerCache)
        .In(_root);

    private int Objects() => Directory.Exists(Path.Combine(_root, ".work/virt/out"))
        ? Directory.EnumerateFiles(Path.Combine(_root, ".work/virt/out"), "*.o", SearchOption.AllDirectories).Count()
        : 0;

    private async Task InterruptAsync(string signal, Func<bool> reached, string stage)
    {
        // started without the runner of the code under test: as a shell does it
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("env")
            {
                WorkingDirectory = _root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        // a shell ignores SIGINT for its background jobs, and so would all that is started from one
        foreach (var argument in (string[])
        [
            "--default-signal=INT,TERM", Repository.NukeScript, "BuildKernel", "--device", "virt", "--root", _root,
        ])
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.StartInfo.Environment["KERNELBUILD_CACHE"] = Cache;
        process.StartInfo.Environment["CCACHE_DIR"] = CacheFolder.FromEnvironment().CompilerCache;
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var waited = Stopwatch.StartNew();
        while (!reached() && !process.HasExited && waited.Elapsed < TimeSpan.FromMinutes(15))
        {
            await Task.Delay(20);
        }

        process.HasExited.ShouldBeFalse($"the build ended before stage {stage}: {(process.HasExited ? await output : "")}");
        (await Repository.RunAsync("kill", signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))).ExitCode.ShouldBe(0);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        process.ExitCode.ShouldNotBe(0, stage);
        (await Processes.StillNamingAsync(_root + "/.work")).ShouldBeEmpty("still running after " + signal + " in " + stage);
        File.Exists(Path.Combine(_root, "artifacts/virt/manifest.json")).ShouldBeFalse();
        _ = await output + await errors;
    }
}
