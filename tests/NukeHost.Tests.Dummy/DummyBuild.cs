using System.Runtime.InteropServices;
using Nuke.Common;
using Nuke.Common.Utilities.Collections;
using Serilog;

namespace NukeHost.Tests.Dummy;

/// <summary>One target for each way in which a target can end.</summary>
internal sealed class DummyBuild : NukeBuild
{
    [Parameter("The device to build for.")]
    private readonly string? Device;

    [Parameter("How many jobs run at once.")]
    private readonly int? Jobs;

    [Parameter("Fails where the lock would change.")]
    private readonly bool Locked;

    [Parameter("Patch series to apply.")]
    private readonly string[] Series = [];

    public static int Main() => Execute<DummyBuild>(build => build.Nothing);

    private Target Nothing => _ => _
        .Description("Does nothing.")
        .Executes(() => { });

    private Target Show => _ => _
        .Description("Logs the parameters.")
        .DependsOn(Nothing)
        .Executes(() =>
        {
            Log.Information("{Device} {Jobs} {Locked} {Series}", Device, Jobs, Locked, string.Join('|', Series));
            Log.Warning("A warning");
            ReportSummary(notes => notes.AddPair("Device", Device ?? "none"));
        });

    private Target Flash => _ => _
        .Description("Requires a device.")
        .Requires(() => Device)
        .Executes(() => Log.Information("Flashed {Device}", Device));

    private Target Fail => _ => _
        .Description("Fails.")
        .Executes(() => Assert.Fail("The reason\nand its details"));

    private Target AfterFail => _ => _
        .DependsOn(Fail)
        .Executes(() => { });

    private Target Code => _ => _
        .Executes(() =>
        {
            ExitCode = 42;
        });

    /// <summary>Waits for a signal, as a target does that runs child processes, and then throws.</summary>
    private Target Wait => _ => _
        .Description("Waits for a signal.")
        .Executes(async () =>
        {
            using var cancellation = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
            Log.Information("Waiting");
            await Task.Delay(TimeSpan.FromMinutes(1), cancellation.Token);

            void Cancel(PosixSignalContext context)
            {
                context.Cancel = true;
                cancellation.Cancel();

                // The runtime calls the newest listener first: the target has failed long before the build hears of the signal.
                Thread.Sleep(TimeSpan.FromMilliseconds(300));
            }
        });

    private Target AfterWait => _ => _
        .DependsOn(Wait)
        .Executes(() => { });

    private Target Deaf => _ => _
        .Description("Ignores signals.")
        .Executes(() =>
        {
            Log.Information("Waiting");
            Thread.Sleep(TimeSpan.FromMinutes(1));
        });
}
