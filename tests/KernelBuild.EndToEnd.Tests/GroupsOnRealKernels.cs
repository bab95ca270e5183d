using System.Collections.Concurrent;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.EndToEnd.Groups;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// Linux is the oracle: the groups that three kernels form on machines drawn from seeds. All of them: <c>./nuke.sh Test --exhaustive</c>.
/// </summary>
[Collection(nameof(TheRealKernel))]
public sealed class GroupsOnRealKernels(RealKernelBuild build)
{
    private static readonly int Machines = Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is null ? 10 : 44;

    [Fact]
    public async Task On_three_kernels_every_device_of_ten_or_more_machines_is_where_it_was_predicted()
    {
        build.Result.ExitCode.ShouldBe(0);
        using var lab = new Lab();
        var wrong = new ConcurrentBag<string>();
        var devices = 0;
        var boots = Enumerable.Range(1, Machines).SelectMany(seed => LabKernels.All.Select(kernel => (seed, kernel))).ToArray();
        await Parallel.ForEachAsync(boots, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (boot, _) =>
        {
            var machine = await RandomMachine.CreateAsync(boot.seed);
            var comparison = GroupComparison.Of(await lab.BootAsync(boot.kernel, machine));
            Interlocked.Add(ref devices, comparison.Prediction.Decisions.Length);
            foreach (var difference in comparison.Differences)
            {
                wrong.Add($"{machine.What}, {boot.kernel.Name}: {difference}");
            }
        });

        wrong.ShouldBeEmpty();
        boots.Length.ShouldBe(3 * Machines);
        devices.ShouldBeGreaterThan(90 * Machines);
    }

    [Fact]
    public async Task Without_fw_devlink_strict_built_in_drivers_take_endpoints_before_the_ports_are_grouped()
    {
        build.Result.ExitCode.ShouldBe(0);
        using var lab = new Lab();
        var machine = new LabMachine(LabIommu.SmmuV3, KnownTopologies.Thirty, await Lab.TreeAsync(LabIommu.SmmuV3), "30 functions")
        {
            CommandLine = "",
            LeavesDrivers = true,
        };

        var report = await lab.BootAsync(LabKernels.Ours, machine);

        var options = new PredictionOptions
        {
            Unbound = [.. report.Capture.Functions.Where(function => function.Driver is null).Select(function => function.Address)],
        };
        GroupComparison.Of(report, options with { EndpointsFirst = true }).Differences.ShouldBeEmpty();

        // and the order is what makes it so
        GroupComparison.Of(report, options).Differences.ShouldNotBeEmpty();
    }
}
