using System.Runtime.InteropServices;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Nuke.Common;

/// <summary>Which targets there are, and their order. What they do stands in src/.</summary>
internal sealed partial class Build : NukeBuild
{
    [Parameter("The device to build: a folder of kernels/; TestPatches takes several")]
    private readonly string[]? Device;

    [Parameter("Parallel jobs of make; one per processor by default")]
    private readonly int? Jobs;

    [Parameter("Build exactly what the lock file names, or fail")]
    private readonly bool Locked;

    [Parameter("Install no missing packages; say which are missing and end with exit code 2")]
    private readonly bool NoInstall;

    [Parameter("Leave out every patch series, into folders of its own")]
    private readonly bool WithoutPatches;

    [Parameter("Run only the tests that match this filter of 'dotnet test'")]
    private readonly string? Filter;

    [Parameter("Test: compare the groups of 44 random machines on three kernels with the prediction, not of 10 only")]
    private readonly bool Exhaustive;

    /// <summary>Cancelled by Ctrl-C and SIGTERM; every child process ends with it.</summary>
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

    /// <summary>The device of a target that takes one.</summary>
    private string OneDevice => Device is [var only] ? only : throw new DiagnosticException(Diagnostic.Error(
        DiagnosticCodes.UsageInvalid, $"--device names {Device?.Length ?? 0} devices, and this target takes one", "./nuke.sh BuildKernel --device virt"));

    private BuildOptions Options => new() { Jobs = Jobs, Locked = Locked, NoInstall = NoInstall };
}
