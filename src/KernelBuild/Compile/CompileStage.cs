using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using KernelBuild.Configure;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.Compile;

/// <summary>The work tree and .config become a kernel, through kbuild's own make.</summary>
public sealed class CompileStage(DeviceBuild device, BuildOptions options, Toolchain toolchain, StageRecords records, IBuildLog log)
{
    private const string Stage = "compile";
    private const int Version = 1;

    /// <summary>Objects per enabled symbol, measured on the virt device (1,066 for 714): a first guess, then the record counts.</summary>
    private const double ObjectsPerSymbol = 1.49;

    private string Boot => Path.Combine(device.Folders.Output, "arch", device.Architecture, "boot");

    private string LogFile => Path.Combine(device.Folders.Logs, "compile.log");

    /// <exception cref="DiagnosticException">KB4001 for each error of the compiler, KB4003 of dtc, KB4002 when none was recognised.</exception>
    public async Task<CompiledKernel> RunAsync(GitObjectId tree, KernelConfig config, CancellationToken cancellationToken)
    {
        var make = MakeCommand();
        using var key = new ContentKey(Stage, Version)
            .Add("tree", tree.ToString())
            .AddFile(".config", Path.Combine(device.Folders.Output, ".config"))
            .Add("toolchain", toolchain.Digest)
            // -j and the compiler cache change how fast, not what
            .Add("make", Make.Command(device with { CompilerCache = false }, toolchain, Targets()).ToString());
        foreach (var file in device.DeviceTrees.Concat(device.DeviceTreeOverlays).Where(Path.IsPathRooted).SelectMany(DeviceTreeSources.Closure))
        {
            key.AddFile("device tree", file);
        }

        var finished = key.Finish();
        var known = records.Find(Stage, finished);
        if (known is not null && Stamps() == known.GetValueOrDefault("stamps"))
        {
            return Kernel(0, make.ToString());
        }

        var last = records.Last(Stage);
        if (last is null)
        {
            // the run before did not end: a half-written image with a new time would pass for finished
            foreach (var file in (string[])["Image", "Image.gz"])
            {
                if (Directory.Exists(Boot))
                {
                    File.Delete(Path.Combine(Boot, file));
                }
            }
        }

        records.Clear(Stage);
        var parser = new BuildOutputParser(device.Folders.Output);
        await RunMakeAsync(make, parser, Expected(config, last), cancellationToken);
        await new DeviceTreeCompilation(device, toolchain).RunAsync(parser, cancellationToken);
        var objects = Math.Max(parser.Objects, Total(last));
        records.Set(Stage, finished, new()
        {
            ["objects"] = objects.ToString(CultureInfo.InvariantCulture),
            ["stamps"] = Stamps(),
        });
        return Kernel(parser.Objects, make.ToString());
    }

    private static int Total(IReadOnlyDictionary<string, string>? last) =>
        int.TryParse(last?.GetValueOrDefault("objects"), NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : 0;

    /// <summary>How many objects this run will compile; null when an earlier run left some and nobody knows how many.</summary>
    private double? Expected(KernelConfig config, IReadOnlyDictionary<string, string>? last)
    {
        if (File.Exists(Path.Combine(device.Folders.Output, "vmlinux")))
        {
            return null;
        }

        return Total(last) is > 0 and var total ? total : config.EnabledCount * ObjectsPerSymbol;
    }

    private Command MakeCommand()
    {
        var jobs = options.Jobs ?? Environment.ProcessorCount;
        return Make.Command(device, toolchain, Targets()).WithArguments("-j" + jobs.ToString(CultureInfo.InvariantCulture));
    }

    private IEnumerable<string> Targets()
    {
        yield return device.KernelImage;
        if (device.DeviceTreeOverlays.Length > 0)
        {
            // overlays refer to labels, which dtc keeps only when told to
            yield return "DTC_FLAGS=-@";
        }

        foreach (var tree in device.DeviceTrees.Where(DeviceTreeCompilation.IsInKernel))
        {
            yield return Path.ChangeExtension(tree, ".dtb");
        }
    }

    private async Task RunMakeAsync(Command make, BuildOutputParser parser, double? expected, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(device.Folders.Logs);
        log.Status($"compiling {device.KernelImage} with clang-{device.Clang}{(Make.UsesCompilerCache(device, toolchain) ? " and ccache" : "")}");
        var watch = Stopwatch.StartNew();
        var writer = new StreamWriter(LogFile) { AutoFlush = false };
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
            $"compiled {parser.Objects} object(s) in {watch.Elapsed.TotalSeconds:0.0} s{(parser.Warnings > 0 ? $", {parser.Warnings} warning(s) in {LogFile}" : "")}"));
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
            string.Create(CultureInfo.InvariantCulture, $"compiling: {parser.Objects} of about {total:0} objects, {(int)left.TotalMinutes}:{left.Seconds:00} left, {parser.Current}"),
            fraction);
    }

    private Diagnostic[] Explain(BuildOutputParser parser, Diagnostic failure)
    {
        if (parser.DiskFull)
        {
            return [Diagnostic.Error(DiagnosticCodes.DiskFull, "the disk is full: make could not write its objects", "free some space and run again; the build goes on where it stopped")];
        }

        return parser.Errors.Count > 0
            ? [.. parser.Errors.Distinct()]
            : [Diagnostic.Error(DiagnosticCodes.CompilationFailed, "make failed, and no error of a compiler was recognised in its output", $"read {LogFile}") with
            { Details = failure.Details }];
    }

    private CompiledKernel Kernel(int objects, string commandLine) => new(
        Path.Combine(Boot, "Image"),
        Path.Combine(Boot, device.KernelImage),
        Path.Combine(device.Folders.Output, "System.map"),
        Path.Combine(device.Folders.Output, ".config"),
        Path.Combine(device.Folders.Output, "vmlinux"),
        [.. device.DeviceTrees.Select(tree => DeviceTreeCompilation.OutputOf(device, tree))],
        [.. device.DeviceTreeOverlays.Select(overlay => DeviceTreeCompilation.OutputOf(device, overlay))],
        objects,
        commandLine);

    /// <summary>The stamps of all outputs: whoever touches one makes the stage run again.</summary>
    private string Stamps()
    {
        var kernel = Kernel(0, "");
        ImmutableArray<string> files = [kernel.Image, kernel.BootKernel, kernel.SystemMap, kernel.Vmlinux, .. kernel.DeviceTrees, .. kernel.Overlays];
        return string.Join(' ', files.Select(file => FileStamp.Of(file)?.ToString() ?? "absent"));
    }
}
