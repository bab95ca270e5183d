using KernelBuild.BootTest;
using KernelBuild.Build;
using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Farm;
using KernelBuild.Host.Files;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Passthrough;
using KernelBuild.Reproducibility;
using Nuke.Common;
using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;
using Serilog;
using HostPrerequisites = KernelBuild.Host.Prerequisites.Prerequisites;

internal sealed partial class Build
{
    private AbsolutePath SdkAssembly =>
        BuildProjectDirectory!.Parent! / "src" / "KernelBuild.Sdk" / "bin" / "Release" / "net10.0" / "KernelBuild.Sdk.dll";

    private DeviceProject Project => new(RootDirectory, OneDevice, WithoutPatches, SdkAssembly)
    {
        OnStage = Blocks.BeginStage, CompilerCache = ChosenCompilerCache,
        BuildFarm = BuildFarm is { Length: > 0 } farm ? BuildFarmSetting.Parse(farm) : null,
    };

    private CompilerCacheSetting? ChosenCompilerCache
    {
        get
        {
            if (CompilerCache is not { Length: > 0 } text)
            {
                return null;
            }

            var setting = CompilerCacheSetting.Parse(text, Environment.CurrentDirectory);
            return !setting.HasSecret
                || !Environment.GetCommandLineArgs().Any(argument => argument.Contains(text, StringComparison.Ordinal))
                ? setting
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.CompilerCacheInvalid,
                    $"the password of {setting} stands on the command line, which every user of this machine can read",
                    $"set {CompilerCacheSetting.Variable} in the environment instead"));
        }
    }

    private Target Devices => _ => _
        .Description("Lists the devices")
        .Executes(() =>
        {
            foreach (var name in new DeviceCatalog(RootDirectory).Names)
            {
                Log.Information("{Device}", name);
            }
        });

    private Target BuildKernel => _ => _
        .Description("Builds the kernel of a device, from fetching its source to verifying the image: artifacts/DEVICE/boot.img")
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            var project = Project;
            var options = Options;
            if ((options.UpdateLock ? "the lock is to be updated" : project.Changed()) is not { } changed)
            {
                Log.Information("{Device} is up to date: {Image}", project.Folders.Variant, project.Folders.Artifacts + "/boot.img");
                ReportSummary(_ => _.AddPair("Up to date", "nothing has changed"));
                return;
            }

            Log.Debug("Changed: {What}", changed);
            using var display = new ProgressDisplay();
            var code = await project.BuildAsync(options, display.Line, display.Progress, _interrupted.Token);
            display.Dispose();
            if (code != 0)
            {
                ExitCode = code;
                Assert.Fail($"the build of '{project.Folders.Variant}' failed");
            }

            Log.Information("{Image}", project.Folders.Artifacts + "/boot.img");
            ReportSummary(_ => _.AddPair("boot.img", $"{new FileInfo(project.Folders.Artifacts + "/boot.img").Length} bytes"));
        }));

    private Target VerifyReproducible => _ => _
        .Description("Builds a device a second time, with another path, host name, user, clock, umask, locale, order of files and -j, and compares the products")
        .DependsOn(BuildKernel)
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            var result = await new ReproducibilityRun(Project, RootDirectory, OneDevice, WithoutPatches, SdkAssembly)
                .RunAsync(Options, display.Line, display.Progress, _interrupted.Token);
            display.Dispose();
            Log.Information("varied: {Varied}", string.Join(", ", result.Variation.Varied));
            foreach (var not in result.Variation.NotVaried)
            {
                Log.Warning("not varied: {Not}", not);
            }

            ReportSummary(_ => _.AddPair("Reproducible", result.Differences.IsEmpty ? "yes" : $"no: {result.Verdict.Causes.Length} cause(s)"));
            if (!result.Differences.IsEmpty)
            {
                throw new DiagnosticException([.. result.Findings]);
            }

            Log.Information("every product is the same");
        }));

    private Target BootTest => _ => _
        .Description("Boots the kernel and ramdisk of boot.img under QEMU and compares the IOMMU groups with the expected ones")
        .DependsOn(BuildKernel)
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            await HostPrerequisites.EnsureAsync(HostPrerequisites.ForBootTest, Options, display, _interrupted.Token);
            var device = Project.Evaluated;
            var result = await new BootTestRun(device, display).RunAsync(_interrupted.Token);
            foreach (var line in result.Describe())
            {
                Log.Information("{Line}", line);
            }

            ReportSummary(_ => _
                .AddPair("Groups", result.Groups.Groups.Count.ToString())
                .AddPair("Expected", result.ExpectedFile is null ? "nothing stated" : "yes"));
        }));

    private Target ProvePassthrough => _ => _
        .Description("Hands PCI functions of the emulated device to guests under KVM and proves that they work there")
        .DependsOn(BuildKernel)
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            await HostPrerequisites.EnsureAsync(HostPrerequisites.ForPassthrough, Options, display, _interrupted.Token);
            var result = await new PassthroughRun(Project.Evaluated, CacheFolder.FromEnvironment(), display) { Offline = Offline }
                .RunAsync([.. Function ?? []], _interrupted.Token);
            display.Dispose();
            foreach (var line in result.Describe())
            {
                Log.Information("{Line}", line);
            }

            Log.Information("{Page}", result.Page);
            ReportSummary(_ => _
                .AddPair("Proven", $"{result.Functions.Count(function => function.IsProven)} of {result.Functions.Length}"));
            var findings = result.Findings.ToArray();
            if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
            {
                throw new DiagnosticException(findings);
            }

            foreach (var finding in findings)
            {
                Findings.Report(finding);
            }
        }));

    private Target IommuReport => _ => _
        .Description("Boots boot.img under QEMU and explains its IOMMU groups: artifacts/DEVICE/iommu-report/groups.html")
        .DependsOn(BuildKernel)
        .Requires(() => Device)
        .Executes(() => RunAsync(async () =>
        {
            using var display = new ProgressDisplay();
            await HostPrerequisites.EnsureAsync(HostPrerequisites.ForBootTest, Options, display, _interrupted.Token);
            var report = await new GroupReport(Project.Evaluated, display).RunAsync(_interrupted.Token);
            foreach (var line in report.Tree)
            {
                Log.Information("{Line}", line);
            }

            foreach (var difference in report.Differences.Concat(report.Warnings))
            {
                Findings.Report(difference);
            }

            Log.Information("{Page}", report.Page);
            Log.Information("{Capture}", report.Capture);
            var differing = report.Differences.Length;
            ReportSummary(_ => _.AddPair("As predicted", differing == 0 ? "every function" : $"all but {differing}"));
        }));
}
