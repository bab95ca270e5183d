using KernelBuild.Device;
using KernelBuild.Host.Processes;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Capture and CheckDevice, as the guide has them, on a machine whose drivers are Linux' own.</summary>
[Collection(nameof(TheRealKernel))]
public sealed class ChecksOfARunningMachine(RealKernelBuild build)
{
    private const string Card = "0000:0d:00.0";
    private const string Controller = "0000:0e:00.0";

    [FactWith("ssh")]
    public async Task The_machine_runs_what_was_built_and_vfio_pci_takes_its_functions_and_gives_them_back()
    {
        build.Result.ExitCode.ShouldBe(0);
        var device = DeviceBuild.Load(new DeviceFolders(Repository.Root, "virt").DeviceFile);
        await using var machine = await ARunningMachine.StartAsync(device, hasGuests: false, TestContext.Current.CancellationToken);
        (await DriversAsync(machine)).ShouldBe("e1000e nvme");

        // banner, build ID and groups are compared with the kernel's own; the drivers' own words say who had the functions
        var check = await RunAsync(machine, 0, "CheckDevice", "--function", Card, Controller);

        check.ShouldContain($"{Card}: vfio-pci takes it, and it is back with its driver");
        check.ShouldContain($"{Controller}: vfio-pci takes it, and it is back with its driver");
        check.ShouldContain("the device runs what was built: Linux version 6.1.");
        (await DriversAsync(machine)).ShouldBe("e1000e nvme");
        (await machine.AskAsync($"cat /sys/bus/pci/devices/{Card}/driver_override", TestContext.Current.CancellationToken)).ShouldBe("(null)");
        var messages = await machine.AskAsync("dmesg", TestContext.Current.CancellationToken);
        messages.Split('\n').Count(line => line.Contains("e1000e " + Card, StringComparison.Ordinal) && line.Contains("Intel(R) PRO", StringComparison.Ordinal))
            .ShouldBe(2, messages);

        // the interface that ssh itself comes through, the one without which nobody could give the card back
        var link = await machine.AskAsync(
            "basename $(readlink -f $(dirname $(grep -l 52:54:00:00:77:77 /sys/class/net/*/address))/device)", TestContext.Current.CancellationToken);
        var refused = await RunAsync(machine, 1, "CheckDevice", "--function", link);
        refused.ShouldContain("KB9046");
        refused.ShouldContain("its network interface");
        (await DriversAsync(machine)).ShouldBe("e1000e nvme");

        // two functions that no ACS separates, both with e1000e
        var shared = await RunAsync(machine, 1, "CheckDevice", "--function", "0000:05:00.0");
        shared.ShouldContain("KB9014");
        shared.ShouldContain("0000:06:00.0 e1000e");
    }

    private static Task<string> DriversAsync(ARunningMachine machine) => machine.AskAsync(
        $"for f in {Card} {Controller}; do basename $(readlink /sys/bus/pci/devices/$f/driver); done | xargs", TestContext.Current.CancellationToken);

    private static async Task<string> RunAsync(ARunningMachine machine, int exitCode, params string[] words)
    {
        var run = await Repository.RunAsync(Command.WithFullEnvironment(Repository.NukeScript)
            .WithArguments([words[0], "--device", "virt", "--ssh", ARunningMachine.Host, .. words[1..]])
            .WithEnvironment("PATH", machine.Programs + ":" + Environment.GetEnvironmentVariable("PATH"))
            .In(Repository.Root));
        run.ExitCode.ShouldBe(exitCode, run.Output);
        return run.Output;
    }
}
