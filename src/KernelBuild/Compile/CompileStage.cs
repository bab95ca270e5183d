using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using KernelBuild.Caching;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Farm;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>The work tree and .config become a kernel, through kbuild's own make.</summary>
/// <param name="config">Read only when somebody has to be told how long it takes.</param>
/// <remarks>KB4001 for each error of the compiler, KB4003 of dtc, KB4002 when none was recognised.</remarks>
public sealed partial class CompileStage(
    DeviceBuild device, BuildOptions options, Toolchain toolchain, Lazy<KernelConfig> config, StageRecords records, IBuildLog log)
    : Stage<GitObjectId, CompiledKernel>(records)
{
    /// <summary>Objects per enabled symbol, measured on the virt device (1,066 for 714): a first guess, then the record counts.</summary>
    private const double ObjectsPerSymbol = 1.49;

    private DeviceTreePlan? _plan;

    private ICompileFarm? _farm;

    /// <summary>With the farm that this run has joined.</summary>
    private DeviceBuild Building => device with { Farm = _farm?.Launch };

    private DeviceTreePlan Plan => _plan ??= DeviceTreePlan.For(device);

    protected override string Name => "compile";

    protected override int Version => 1;

    protected override JsonTypeInfo<CompiledKernel> ResultType => CompileJson.Default.CompiledKernel;

    private string Boot => Path.Combine(device.Folders.Output, "arch", device.Architecture, "boot");

    /// <summary>What the user says, else a job for each processor here and those that the farm is worth.</summary>
    private string Jobs => (options.Jobs ?? Environment.ProcessorCount + CompileFarm.JobsOf(_farm)).ToString(CultureInfo.InvariantCulture);

    private string LogFile => Path.Combine(device.Folders.Logs, "compile.log");

    protected override ValueTask AddInputsAsync(ContentKey key, GitObjectId input, CancellationToken cancellationToken)
    {
        key.Add("tree", input.ToString())
            .AddFile(".config", Path.Combine(device.Folders.Output, ".config"))
            .Add("toolchain", toolchain.Digest)
            .Add("modules", device.Modules ? "yes" : "no")
            .Add("outputs", string.Join(' ', Plan.Trees.Concat(Plan.Overlays).Select(tree => tree.Output)))
            .Add("dtbo", string.Join(' ', Plan.DtboEntries.Select(entry => $"{entry.Output} {entry.Item.Id} {entry.Item.Revision} {string.Join(' ', entry.Item.Custom)}")))
            .Add("for", string.Join(' ', device.DeviceTreeOverlays.Select(overlay => overlay.Compatible)))
            // -j and the compiler cache change how fast, not what
            .Add("make", Make.KeyOf(device, toolchain, Targets()));
        foreach (var file in DeviceTreeSources.OfProject(device).SelectMany(DeviceTreeSources.Closure))
        {
            key.AddFile("device tree", file);
        }

        if (StockTrees.ImageOf(device) is { } stock)
        {
            key.AddFile("stock trees", stock);
        }

        foreach (var file in ExternalModules.OfProject(device).Concat(new[] { device.ModuleSigningKey }.OfType<string>()))
        {
            key.AddFile(file, file);
        }

        key.Add("load", string.Join('\n', device.ModuleLoad))
            .Add("external", string.Join('\n', device.ExternalModules.Select(module => $"{module.Folder} {string.Join(' ', module.MakeVariables)}")));

        return ValueTask.CompletedTask;
    }

    protected override ValueTask<bool> StandsAsync(CompiledKernel result, CancellationToken cancellationToken) =>
        ValueTask.FromResult(result.Stamps == Stamps(result));

    protected override async Task<CompiledKernel> ExecuteAsync(GitObjectId input, CompiledKernel? last, CancellationToken cancellationToken)
    {
        if (last is null)
        {
            RemoveImages();
        }

        KernelImages.Require(device);
        await using var farm = await CompileFarm.JoinAsync(device, toolchain, log, cancellationToken);
        _farm = farm;
        var make = MakeCommand();
        var parser = new BuildOutputParser(device.Folders.Output);
        SigningKey.Place(device);
        File.Delete(device.Folders.CompilerCacheLog);
        File.Delete(device.Folders.CompilerCallsLog);
        await using var remote = device.RemoteStorage is null
            ? null
            : new RemoteWatch(device.Folders.CompilerCacheLog, failed => SharedCompilerCache.Detach(device, failed, log));
        await RunMakeAsync(make, parser, Expected(last), device.KernelImage, cancellationToken);
        var trees = await new DeviceTreeCompilation(device, Plan, toolchain).RunAsync(parser, cancellationToken);
        var kernel = Kernel(Math.Max(parser.Objects, last?.Objects ?? 0), make.ToString()) with { DeviceTrees = trees };
        if (device.Modules)
        {
            kernel = await WithModulesAsync(kernel, parser, cancellationToken);
        }

        return kernel with
        {
            Stamps = Stamps(kernel),
            Warnings = parser.Warnings,
            CompilerCache = await SharedCompilerCache.ReportAsync(device, toolchain, log, cancellationToken),
            Farm = farm is null ? null : CompileFarm.Report(farm, device, log),
        };
    }

    private async Task<CompiledKernel> WithModulesAsync(CompiledKernel kernel, BuildOutputParser parser, CancellationToken cancellationToken)
    {
        var external = ExternalModules.Plan(device);
        foreach (var module in external)
        {
            ExternalModules.Link(module);
            var make = ExternalModuleBuild.Command(Building, toolchain, module, external, "modules", "-j" + Jobs);
            await RunMakeAsync(make, parser, null, "the module " + Path.GetFileName(module.Source), cancellationToken);
        }

        var installation = new ModuleInstallation(device, toolchain);
        var files = await installation.RunAsync(external, cancellationToken);
        log.Status($"installed {Counted.Of(files.Count(file => file.EndsWith(".ko", StringComparison.Ordinal)), "module", "modules")}");
        return kernel with { ModulesRoot = installation.Root, Modules = files };
    }

    /// <summary>The run before did not end: a half-written image with a new time would pass for finished.</summary>
    private void RemoveImages()
    {
        foreach (var file in (string[])["Image", device.KernelImage])
        {
            if (Directory.Exists(Boot))
            {
                File.Delete(Path.Combine(Boot, file));
            }
        }
    }

    /// <summary>How many objects this run will compile; null when an earlier run left some and nobody knows how many.</summary>
    private double? Expected(CompiledKernel? last)
    {
        if (File.Exists(Path.Combine(device.Folders.Output, "vmlinux")))
        {
            return null;
        }

        return last is { Objects: > 0 } ? last.Objects : config.Value.EnabledCount * ObjectsPerSymbol;
    }

    private Command MakeCommand()
    {
        return Make.Command(Building, toolchain, Targets()).WithArguments("-j" + Jobs);
    }

    private IEnumerable<string> Targets()
    {
        yield return device.KernelImage;
        if (device.Modules)
        {
            yield return "modules";
        }

        if (device.KernelImage == "vmlinux")
        {
            // what a boot test boots
            yield return "Image";
        }

        if (Plan.NeedsSymbols)
        {
            // overlays refer to labels, which dtc keeps only when told to
            yield return "DTC_FLAGS=-@";
        }

        foreach (var target in Plan.MakeTargets)
        {
            yield return target;
        }
    }

    private async Task RunMakeAsync(
        Command make, BuildOutputParser parser, double? expected, string what, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(device.Folders.Logs);
        log.Status(
            $"compiling {what} with {toolchain.Plan.Description}{(Make.UsesCompilerCache(device) ? " and ccache" : "")}{(_farm is null ? "" : $", {Jobs} jobs on {device.BuildFarm}")}");
        var (watch, before) = (Stopwatch.StartNew(), parser.Objects);
        var writer = new StreamWriter(LogFile, append: what != device.KernelImage) { AutoFlush = false };
        await using (writer)
        {
            await writer.WriteLineAsync(make.ToString());
            void Take(string line)
            {
                lock (parser)
                {
                    writer.WriteLine(line);
                    parser.Read(line);
                    Report(parser, expected, watch.Elapsed);
                }
            }

            try
            {
                await (make with { OnOutput = Take, OnError = Take }).RunAsync(cancellationToken);
            }
            catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
            {
                throw new DiagnosticException(Explain(parser, e.Diagnostics[0]));
            }
        }

        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"compiled {parser.Objects - before} object(s) in {watch.Elapsed.TotalSeconds:0.0} "
            + $"s{(parser.Warnings > 0 ? $", {parser.Warnings} warning(s) in {LogFile}" : "")}"));
    }

    private void Report(BuildOutputParser parser, double? expected, TimeSpan elapsed)
    {
        if (expected is not { } total || parser.Objects < 20)
        {
            log.Progress(string.Create(CultureInfo.InvariantCulture, $"compiling: {parser.Objects} objects, {parser.Current}"));
            return;
        }

        var fraction = Math.Min(0.99, parser.Objects / total);
        var left = TimeSpan.FromSeconds(elapsed.TotalSeconds / fraction * (1 - fraction));
        log.Progress(
            string.Create(
                CultureInfo.InvariantCulture,
                $"compiling: {parser.Objects} of about {total:0} objects, {(int)left.TotalMinutes}:{left.Seconds:00} left, "
                + $"{parser.Current}"),
            fraction);
    }

    private Diagnostic[] Explain(BuildOutputParser parser, Diagnostic failure)
    {
        if (parser.DiskFull)
        {
            return
            [
                Diagnostic.Error(
                    DiagnosticCodes.DiskFull, "the disk is full: make could not write its objects",
                    "free some space and run again; the build goes on where it stopped"),
            ];
        }

        // conf of syncconfig, which make runs by itself, has no terminal to ask at
        if (failure.Details.Select(line => AskedFor().Match(line)).FirstOrDefault(match => match.Success) is { } asked)
        {
            var symbol = "CONFIG_" + asked.Groups[1].Value;
            return
            [
                Diagnostic.Error(
                    DiagnosticCodes.SymbolWithoutValue, $"{symbol} has no value and no default, and make asks for it",
                    ConfigurationAudit.FixOf(symbol)),
            ];
        }

        return parser.Errors.Count > 0
            ? [.. parser.Errors.Distinct()]
            : [Diagnostic.Error(
                DiagnosticCodes.CompilationFailed, "make failed, and no error of a compiler was recognised in its output",
                $"read {LogFile}") with
            { Details = failure.Details }];
    }

    private CompiledKernel Kernel(int objects, string commandLine) => new(
        Path.Combine(Boot, "Image"),
        device.KernelImage == "vmlinux" ? Path.Combine(device.Folders.Output, "vmlinux") : Path.Combine(Boot, device.KernelImage),
        Path.Combine(device.Folders.Output, "System.map"),
        Path.Combine(device.Folders.Output, ".config"),
        Path.Combine(device.Folders.Output, "vmlinux"),
        [],
        [.. Plan.Overlays.Select(overlay => overlay.Output)],
        objects,
        commandLine)
    {
        DtboEntries = [.. Plan.DtboEntries.Select(entry => new CompiledDtboEntry(entry.Output, entry.Item.Id, entry.Item.Revision, entry.Item.Custom))],
    };

    private static string Stamps(CompiledKernel kernel)
    {
        ImmutableArray<string> files =
        [
            kernel.Image, kernel.BootKernel, kernel.SystemMap, kernel.Vmlinux, .. kernel.DeviceTrees, .. kernel.Overlays,
            .. kernel.DtboEntries.Select(entry => entry.File),
            .. kernel.Modules.Select(file => Path.Combine(kernel.ModulesRoot!, file)),
        ];
        return string.Join(' ', files.Select(file => FileStamp.Of(file)?.ToString() ?? "absent"));
    }

    [GeneratedRegex(@"\(([A-Za-z0-9_]+)\) \[.*\] \(NEW\).*aborted!")]
    private static partial Regex AskedFor();
}
