using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Farm;
using KernelBuild.Host.Files;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Toolchains;

/// <summary>The device's build farm, joined for one compilation. It changes how fast, never what: the toolchain's compiler runs there.</summary>
public static class CompileFarm
{
    /// <summary>
    /// More jobs than this for each processor here would only wait for it, and fill its memory: preparing an object for icecream takes a
    /// ninth of what compiling it takes (docs/guide/build-farm.md has the figures).
    /// </summary>
    private const int MostJobsForAProcessor = 10;

    /// <summary>How many calls at once are worth it, beside those that this machine compiles.</summary>
    public static int JobsOf(ICompileFarm? farm) =>
        Math.Min(farm?.Hosts.Sum(host => host.Jobs) ?? 0, MostJobsForAProcessor * Environment.ProcessorCount);

    /// <summary>What a host that builds with the farm must have.</summary>
    public static ImmutableArray<Prerequisite> Prerequisites(BuildFarmSetting setting) => setting.Kind switch
    {
        FarmKind.Icecream =>
        [
            new("icecc", static () => ProgramPath.Find("icecc") is not null && ProgramPath.Find("icecc-create-env") is not null),
            new("file", static () => ProgramPath.Find("file") is not null),
        ],
        FarmKind.Distcc => [new("distcc", static () => ProgramPath.Find("distcc") is not null)],
        _ => [],
    };

    /// <returns>Null without a farm, or with one that cannot be used, which is said then.</returns>
    public static async Task<ICompileFarm?> JoinAsync(DeviceBuild device, Toolchain toolchain, IBuildLog log, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(device.Folders.Logs);
        File.Delete(device.Folders.FarmLog);
        if (!device.BuildFarm.IsUsed)
        {
            return null;
        }

        try
        {
            ICompileFarm farm = device.BuildFarm.Kind == FarmKind.Icecream
                ? await IcecreamFarm.JoinAsync(
                    device.BuildFarm, CompilerOf(toolchain), Path.Combine(CacheFolder.FromEnvironment().Path, "farm"),
                    device.Folders.Farm, device.Folders.FarmLog, cancellationToken)
                : await DistccFarm.JoinAsync(
                    device.BuildFarm, CompilerOf(toolchain), toolchain.Command, device.Folders.Farm, device.Folders.FarmLog, log.Report, cancellationToken);
            log.Status(farm.Hosts.IsEmpty
                ? $"build farm {device.BuildFarm}: who its hosts are is not known, so as many jobs as this machine has processors; --jobs says more"
                : $"build farm {device.BuildFarm}: {string.Join(", ", farm.Hosts)}");
            return farm;
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.BuildFarmUnusable }])
        {
            log.Report(e.Diagnostics[0]);
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.ToolFailed or DiagnosticCodes.ToolMissing } failure])
        {
            log.Report(FarmDiagnostics.Unusable(device.BuildFarm, "cannot be used: " + failure.Message) with { Details = failure.Details });
        }

        return null;
    }

    /// <summary>What became of the calls, said; also what the farm lost.</summary>
    public static FarmReport Report(ICompileFarm farm, DeviceBuild device, IBuildLog log)
    {
        var report = farm.Report();
        File.Delete(device.Folders.FarmLog);
        log.Status(report.ToString());
        if (report.Lost > 0)
        {
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.BuildFarmLost,
                $"the build farm {device.BuildFarm} lost {Counted.Of(report.Lost, "call", "calls")} of the compiler, which ran again on this machine",
                "the kernel is what it would be without; ask whoever keeps the farm what became of the host"));
        }

        return report;
    }

    private static FarmCompiler CompilerOf(Toolchain toolchain)
    {
        var name = toolchain.Plan.Compiler;
        var program = toolchain.Files.First(file => file.Name == name && !file.IsLibrary);
        var isClang = name.StartsWith("clang", StringComparison.Ordinal);
        var files = toolchain.FilesOf(program).ToImmutableSortedDictionary(file => file.Path, file => file.Sha256, StringComparer.Ordinal);
        return new FarmCompiler(
            Path.GetFileName(toolchain.PathOf(name)), program.Path, isClang ? ToolchainPlan.Target : null, toolchain.CompilerDigest, files);
    }
}
