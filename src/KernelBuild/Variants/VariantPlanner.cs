using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using KernelBuild.Build;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;
using KernelBuild.Toolchains;

namespace KernelBuild.Variants;

/// <summary>Finds the keys of cells: each device is evaluated and its source fetched once; nothing is checked out or built.</summary>
public sealed class VariantPlanner(
    string rootFolder, string sdkAssembly, CacheFolder cache, BuildOptions options, bool boot, IBuildLog log)
{
    /// <summary>Programs that a configuration can ask for. One too many costs a build, one too few a wrong hit.</summary>
    private static readonly string[] _optional = ["pahole", "lzop", "depmod", "rustc", "bindgen"];

    private readonly ConcurrentDictionary<string, Lazy<Task<Known>>> _known = new(StringComparer.Ordinal);

    public async Task<VariantPlan> PlanAsync(IReadOnlyList<VariantCell> cells, string? store, CancellationToken cancellationToken)
    {
        var planned = ImmutableArray.CreateBuilder<PlannedCell>(cells.Count);
        var refused = ImmutableArray.CreateBuilder<CellResult>();
        foreach (var cell in cells)
        {
            try
            {
                planned.Add(new PlannedCell(cell, await KeyOfAsync(cell, cancellationToken)));
            }
            catch (DiagnosticException e) when (!e.Diagnostics.Any(finding => DiagnosticCodes.IsUsageOrEnvironment(finding.Code)))
            {
                // one device that cannot be had keeps no other one from being built
                refused.Add(CellResult.Of(new PlannedCell(cell, ""), CellVerdict.Failed) with { Findings = [.. e.Diagnostics] });
            }

            log.Progress($"key of {cell.Name}", (double)(planned.Count + refused.Count) / cells.Count);
        }

        return new VariantPlan(planned.ToImmutable(), store, boot) { Refused = refused.ToImmutable() };
    }

    /// <summary>The key as it is on this machine, with the files as they are now.</summary>
    /// <exception cref="DiagnosticException">KB9043 when it cannot be found; what evaluating or fetching finds.</exception>
    public async Task<string> KeyOfAsync(VariantCell cell, CancellationToken cancellationToken)
    {
        var known = _known.GetOrAdd(cell.Device, device => new Lazy<Task<Known>>(() => KnowAsync(device, cancellationToken)));
        var (description, source, lockFile, toolchain) = await known.Value;
        return VariantKey.Of(With(description.Device, cell), description.Imports, source, lockFile, toolchain, boot ? Emulator() : null);
    }

    private static DeviceBuild With(DeviceBuild device, VariantCell cell) => device with
    {
        PatchSeries = cell.Series is null ? device.PatchSeries : cell.Series == VariantCell.None ? [] : [cell.Series],
        WithoutPatches = cell.Series == VariantCell.None,
        ConfigFragments = cell.Config is null ? device.ConfigFragments : [.. device.ConfigFragments, cell.Config],
    };

    private static string Emulator() => ProgramPath.Find("qemu-system-aarch64") is { } path
        ? Sha256Digest.OfFile(path).ToString()
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.ToolMissing, "qemu-system-aarch64 is not on PATH", "apt-get install qemu-system-arm"));

    private async Task<Known> KnowAsync(string name, CancellationToken cancellationToken)
    {
        var description = await DeviceDescription.OfAsync(rootFolder, name, sdkAssembly, cancellationToken);
        var device = description.Device;
        if (!device.BuildConfigs.IsEmpty)
        {
            throw DeviceDescription.KeyUnknown(device.ProjectFile, "a build.config of the source chooses toolchain and targets");
        }

        var store = await GitStore.OpenAsync(cache.Store, cancellationToken);
        var request = device.SourceRequest;
        var source = await new FetchStage(request, LockFile.Load(request.LockFile), options, cache, store, log).RunAsync(cancellationToken);
        var lockFile = LockFile.Load(request.LockFile);
        foreach (var item in device.RamdiskItems.Where(item => item.Source.StartsWith("debian:", StringComparison.Ordinal)))
        {
            if (!lockFile.Packages.Keys.Any(package => item.Source.StartsWith($"debian:{package}!", StringComparison.Ordinal)))
            {
                throw DeviceDescription.KeyUnknown(device.ProjectFile, $"{item.Source} is not in the lock file yet");
            }
        }

        return new Known(description, source, lockFile, await ToolchainAsync(device, source, store, cancellationToken));
    }

    private async Task<string> ToolchainAsync(DeviceBuild device, LockedSource source, GitStore store, CancellationToken cancellationToken)
    {
        await using var objects = new ObjectReader(store, contents: true, cancellationToken);
        var makefile = await objects.ReadAsync($"{source.Commit}:{Path.Combine(device.KernelFolder, "Makefile")}") ?? [];
        var version = SourceVersion.Of(Encoding.UTF8.GetString(makefile).Split('\n'))
            ?? throw DeviceDescription.KeyUnknown(device.ProjectFile, "the source has no Makefile of a kernel at its top");
        var plan = ToolchainPlan.For(device.Toolchain, version, _optional.Where(program => ProgramPath.Find(program) is not null));
        var needed = Prerequisites.ForBuild.Where(one => device.CompilerCache.IsUsed || one.Package != "ccache")
            .Concat(Toolchain.PrerequisitesOf(plan, device.Toolchain.Folder));
        await Prerequisites.EnsureAsync([.. needed], options, log, cancellationToken);
        return (await Toolchain.ProbeAsync(plan, device.Toolchain.Folder, cache, device.Folders.Tools, cancellationToken)).Digest;
    }

    private sealed record Known(DeviceDescription Description, LockedSource Source, LockFile LockFile, string Toolchain);
}
