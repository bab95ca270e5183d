using System.Runtime.InteropServices;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Nuke.Common;

/// <summary>The targets and their order. The work itself is in src/.</summary>
internal sealed partial class Build : NukeBuild
{
    [Parameter("The device to build: a folder of kernels/; TestPatches takes several")]
    private readonly string[]? Device;

    [Parameter("Parallel jobs of make; one per processor by default")]
    private readonly int? Jobs;

    [Parameter("Build exactly what the lock file names, or fail")]
    private readonly bool Locked;

    [Parameter("Resolve refs and versions of the sources anew, and write into the lock file what they are now")]
    private readonly bool UpdateLock;

    [Parameter("Ask no server and install nothing: take what the cache has, or fail")]
    private readonly bool Offline;

    [Parameter("Install no missing packages: name them and end with exit code 2")]
    private readonly bool NoInstall;

    [Parameter("Where objects are cached: true, false, a folder, redis://HOST, http://HOST/PATH, file:/FOLDER; over the project's CompilerCache")]
    private readonly string? CompilerCache;

    [Parameter("Where else the compiler runs: false, icecream, icecream://SCHEDULER, distcc, distcc://HOST/JOBS,HOST; over the project's BuildFarm")]
    private readonly string? BuildFarm;

    [Parameter("Build without patch series, in separate folders")]
    private readonly bool WithoutPatches;

    [Parameter("ProvePassthrough: the PCI functions to hand over, such as 0000:01:00.0, by default the project's; CheckDevice: to try the binding of")]
    private readonly string[]? Function;

    [Parameter("Run only the tests that match this filter of 'dotnet test'")]
    private readonly string? Filter;

    [Parameter("Test: compare the predicted IOMMU groups of 44 random machines, instead of 10, with those of three kernels")]
    private readonly bool Exhaustive;

    /// <summary>Cancelled by SIGINT (Ctrl-C) and SIGTERM, which ends all child processes.</summary>
    private readonly CancellationTokenSource _interrupted = new();

    private readonly List<PosixSignalRegistration> _signals = [];

    public static int Main() => Execute<Build>(x => x.BuildKernel);

    protected override void OnBuildInitialized()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _interrupted.Cancel();
            }));
        }
    }

    /// <summary>The device, for a target that takes one.</summary>
    private string OneDevice => Device is [var only] ? only : throw new DiagnosticException(Diagnostic.Error(
        DiagnosticCodes.UsageInvalid,
        $"--device names {Device?.Length ?? 0} devices, but this target takes one",
        "./nuke.sh BuildKernel --device virt"));

    private BuildOptions Options => Locked && UpdateLock
        ? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, "--locked and --update-lock exclude each other", "give one of them"))
        : UpdateLock && Offline
        ? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, "--update-lock asks servers, and --offline forbids it", "give one of them"))
        : new() { Jobs = Jobs, Locked = Locked, UpdateLock = UpdateLock, Offline = Offline, NoInstall = NoInstall || Offline };
}
