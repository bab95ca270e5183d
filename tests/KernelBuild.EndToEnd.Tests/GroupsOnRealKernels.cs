using System.Collections.Concurrent;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.EndToEnd.Groups;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// Linux is the oracle: the groups that kernels form on machines drawn from seeds. All of them: <c>./nuke.sh Test --exhaustive</c>.
/// </summary>
[Collection(nameof(KernelsThatBoot))]
public sealed class GroupsOnRealKernels(RealKernelBuild build)
{
    private static readonly bool IsExhaustive = Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is not null;
    private static readonly int Machines = IsExhaustive ? 44 : 10;

    [Fact]
    public async Task On_three_kernels_every_device_of_ten_or_more_machines_is_where_it_was_predicted()
    {
        build.Result.ExitCode.ShouldBe(0);
        var devices = await CompareAsync(
            from seed in Enumerable.Range(1, Machines) from kernel in LabKernels.All select (RandomMachine.CreateAsync(seed), kernel));
        devices.ShouldBeGreaterThan(90 * Machines);
    }

    /// <summary>
    /// Seed 1 has registers of a device that joined a group, and seed 11 a device that keeps the SMMU from coming up: both decided
    /// otherwise than before 6.15.
    /// </summary>
    [Fact]
    public async Task On_Linux_7_every_device_is_where_it_was_predicted()
    {
        build.Result.ExitCode.ShouldBe(0);
        Assert.SkipWhen(LabKernels.Newest is null, "tests/fetch-debian-kernels.sh found no kernel 7.x");
        int[] seeds = IsExhaustive ? [.. Enumerable.Range(1, 44)] : [1, 11];
        (await CompareAsync(seeds.Select(seed => (RandomMachine.CreateAsync(seed), LabKernels.Newest!)))).ShouldBeGreaterThan(30);
    }

    /// <summary>SR-IOV: an NVMe device with up to nine virtual functions, enabled by vfio-pci, beside further functions or alone.</summary>
    [Fact]
    public async Task Virtual_functions_are_where_they_were_predicted()
    {
        build.Result.ExitCode.ShouldBe(0);
        var boots = IsExhaustive
            ? from seed in Enumerable.Range(1, 16) from kernel in Kernels() select (RandomMachine.WithVirtualFunctionsAsync(seed), kernel)
            : [(RandomMachine.WithVirtualFunctionsAsync(4), Kernels()[^1])];
        var virtuals = 0;
        await CompareAsync(boots, report => Interlocked.Add(
            ref virtuals, report.Capture.ToTopology().Functions.Count(function => function.PhysicalFunction is not null)));
        virtuals.ShouldBeGreaterThan(0);
    }

    /// <summary>A virtio-iommu built in, as a module, and on a kernel that groups devices when it comes up.</summary>
    [Fact]
    public async Task Behind_a_virtio_iommu_every_device_is_where_it_was_predicted()
    {
        build.Result.ExitCode.ShouldBe(0);
        int[] seeds = IsExhaustive ? [.. Enumerable.Range(1, 16)] : [3];
        (await CompareAsync(
            from seed in seeds
            from kernel in Kernels()
            where kernel.HasVirtioIommu
            select (RandomMachine.WithVirtioIommuAsync(seed), kernel)))
            .ShouldBeGreaterThan(60);
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

    private static LabKernel[] Kernels() => LabKernels.Newest is { } newest ? [.. LabKernels.All, newest] : [.. LabKernels.All];

    /// <summary>Boots every machine and compares; how many devices there were.</summary>
    private static async Task<int> CompareAsync(
        IEnumerable<(Task<LabMachine> Machine, LabKernel Kernel)> boots, Action<LabReport>? look = null)
    {
        using var lab = new Lab();
        var wrong = new ConcurrentBag<string>();
        var devices = 0;
        await Parallel.ForEachAsync(boots, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (boot, _) =>
        {
            var machine = (await boot.Machine).For(boot.Kernel);
            var report = await lab.BootAsync(boot.Kernel, machine);
            look?.Invoke(report);
            var comparison = GroupComparison.Of(report, machine.OptionsOn(boot.Kernel));
            Interlocked.Add(ref devices, comparison.Prediction.Decisions.Length);
            foreach (var difference in comparison.Differences)
            {
                wrong.Add($"{machine.What}, {boot.Kernel.Name}: {difference}");
            }
        });

        wrong.ShouldBeEmpty();
        return devices;
    }
}
