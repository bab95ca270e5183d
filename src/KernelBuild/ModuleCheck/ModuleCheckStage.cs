using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.KernelImages.Modules;
using KernelBuild.Stages;

namespace KernelBuild.ModuleCheck;

/// <summary>
/// Loads the device's own modules into the new kernel on paper, with those that the build puts beside them: a module that the kernel will
/// refuse is an error before there is anything to flash.
/// </summary>
/// <remarks>KB8030 with the verdicts KB8017 to KB8028.</remarks>
public sealed class ModuleCheckStage(DeviceBuild device, StageRecords records, IBuildLog log) : Stage<CompiledKernel, CheckedModules>(records)
{
    /// <summary>More of them hide the first, which is the cause of many.</summary>
    private const int MostFindings = 30;

    private const int MostNames = 12;

    protected override string Name => "modules";

    protected override int Version => 1;

    protected override JsonTypeInfo<CheckedModules> ResultType => ModuleCheckJson.Default.CheckedModules;

    /// <summary>All files that the items of the project name, or that lie below the folders that they name.</summary>
    public static IEnumerable<string> FilesOf(DeviceBuild device) => device.VendorModules
        .SelectMany(one => Directory.Exists(one.Path)
            ? Directory.EnumerateFiles(one.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : (IEnumerable<string>)[one.Path]);

    protected override ValueTask AddInputsAsync(ContentKey key, CompiledKernel input, CancellationToken cancellationToken)
    {
        key.AddFile("image", input.Image).AddFile("config", input.Config);
        if (BuiltKernel.SymversOf(device) is { } symvers)
        {
            key.AddFile("symvers", symvers);
        }

        foreach (var module in OwnModules(input))
        {
            key.AddFile("own", module);
        }

        foreach (var file in FilesOf(device))
        {
            key.Add(file, FileStamp.Of(file, followLinks: true)?.ToString() ?? "");
        }

        key.Add("except", string.Join('\n', device.VendorModules.SelectMany(one => one.Except)));
        return ValueTask.CompletedTask;
    }

    protected override ValueTask<bool> StandsAsync(CheckedModules result, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    protected override async Task<CheckedModules> ExecuteAsync(CompiledKernel input, CheckedModules? last, CancellationToken cancellationToken)
    {
        var kernel = BuiltKernel.Read(device, input);
        var set = Replaced(input, await ModuleSet.ReadAsync([.. OwnFolder(input), .. device.VendorModules.Select(one => one.Path)], cancellationToken));
        var verdicts = ModuleChecker.Check(kernel, set.Modules, Causes(kernel, set, cancellationToken));
        var excepted = device.VendorModules.SelectMany(one => one.Except).Select(KernelModule.NameOf).ToHashSet(StringComparer.Ordinal);
        RequireNames(excepted, set);

        var refused = verdicts.Where(verdict => verdict.Outcome == ModuleOutcome.Refused).Select(verdict => verdict.Module.Name)
            .Concat(set.Unreadable.Select(one => one.Name))
            .ToArray();
        Reject(
            [.. refused.Where(name => !excepted.Contains(name))],
            verdicts.Length + set.Unreadable.Length,
            [
                .. set.Findings, .. set.Unreadable.Where(one => !excepted.Contains(one.Name)).Select(one => one.Finding),
                .. verdicts.Where(verdict => !excepted.Contains(verdict.Module.Name)).SelectMany(verdict => verdict.Findings),
            ]);
        var result = new CheckedModules(
            verdicts.Count(verdict => verdict.Outcome == ModuleOutcome.Loads), verdicts.Count(verdict => verdict.Outcome == ModuleOutcome.Unknown),
            [.. refused]);
        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"modules of the device in the new kernel: {result.Loads} load, {result.Refused.Length} refused that may be, {result.Unknown} unknown"));
        return result;
    }

    /// <summary>What the build puts on the device beside the vendor's: loaded first, from a ramdisk.</summary>
    private string[] OwnFolder(CompiledKernel kernel) => OwnModules(kernel).Length > 0 ? [kernel.ModulesRoot!] : [];

    private string[] OwnModules(CompiledKernel kernel) => device.ModulesInRamdisk || device.VendorBoot is { Modules: true }
        ? [.. kernel.Modules.Where(file => file.EndsWith(".ko", StringComparison.Ordinal)).Select(file => Path.Combine(kernel.ModulesRoot!, file))]
        : [];

    /// <summary>Modules of the stock vendor_boot whose place those of the build take.</summary>
    private ModuleSet Replaced(CompiledKernel kernel, ModuleSet set)
    {
        if (device.VendorBoot is not { Modules: true, Stock: { } stock })
        {
            return set;
        }

        var own = OwnModules(kernel).Select(file => KernelModule.NameOf(Path.GetFileName(file))).ToHashSet(StringComparer.Ordinal);
        return set with
        {
            Modules = [.. set.Modules.Where(module => !own.Contains(module.Name) || !module.File.StartsWith(stock + "!", StringComparison.Ordinal))],
        };
    }

    private SymbolCauses Causes(KernelInterface kernel, ModuleSet set, CancellationToken cancellationToken) => new()
    {
        Lists = [.. KmiLists().Select(file => KmiSymbolList.Parse(File.ReadAllText(file), Path.GetFileName(file)))],
        Source = SourceExports.Find(device.KernelRoot, set.Missing(kernel), kernel.Configuration, cancellationToken),
        Patches = device.WithoutPatches ? [] : [.. device.PatchSeries.SelectMany(PatchEffects.Read)],
        Stock = StockKernel(),
    };

    /// <summary>The lists that Android's common kernels keep; those of types (.stg, .xml) are other files.</summary>
    private IEnumerable<string> KmiLists()
    {
        var folder = Path.Combine(device.KernelRoot, "android");
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "abi_gki_aarch64*").Where(file => !Path.GetFileName(file).Contains('.')).Order(StringComparer.Ordinal)
            : [];
    }

    /// <summary>What the modules were made for, where the project has it; a stock image without a kernel that can be read explains nothing.</summary>
    private KernelInterface? StockKernel() =>
        device.StockBootImage is { } path && KernelImages.Containers.KernelFile.TryRead(InputFile.Read(path), out var file, out _)
            ? KernelInterface.Of(file.Open())
            : null;

    private void RequireNames(HashSet<string> excepted, ModuleSet set)
    {
        var known = set.Modules.Select(module => module.Name).Concat(set.Unreadable.Select(one => one.Name)).ToHashSet(StringComparer.Ordinal);
        if (excepted.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal).ToArray() is [_, ..] strangers)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceInvalid, $"Except of a VendorModules item names {string.Join(", ", strangers)}, and no source has such a module",
                "take the name out, or write it as the module's file is called") with
            { File = device.ProjectFile });
        }
    }

    /// <exception cref="DiagnosticException">KB8030, then what is wrong with each, when there is an error.</exception>
    private void Reject(string[] refused, int count, Diagnostic[] findings)
    {
        var errors = findings.Where(finding => finding.Severity == DiagnosticSeverity.Error).ToArray();
        if (errors.Length == 0)
        {
            foreach (var finding in findings.Take(MostFindings))
            {
                log.Report(finding);
            }

            return;
        }

        var what = refused.Length > 0
            ? $"{refused.Length} of {count} modules of the device will not load in the new kernel: {Names(refused)}"
            : "a list of the device's modules names one that is not there";
        throw new DiagnosticException(
        [
            Diagnostic.Error(
                DiagnosticCodes.VendorModulesRefused, what,
                "give the kernel what they need, as the findings below say; or name those that the device can do without in Except of the VendorModules item") with
            {
                File = device.ProjectFile,
                Consequence = errors.Length > MostFindings
                    ? $"{MostFindings} of {errors.Length} findings follow; all: kernelbuild kernel modules check {device.Folders.Output} --modules "
                        + string.Join(' ', device.VendorModules.Select(one => one.Path))
                    : "",
            },
            .. errors.Take(MostFindings),
        ]);
    }

    private static string Names(string[] names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? ", …" : "");
}
