using System.Diagnostics;
using System.Globalization;
using KernelBuild.Testing.EndToEnd.Groups;

namespace KernelBuild.Benchmarks;

/// <summary>
/// Linux against the prediction: boots kernels under QEMU with random topologies and device trees, reads the groups after
/// everything was bound, and compares every device's group with the predicted one.
/// </summary>
internal static class Groups
{
    /// <param name="kind">"virtual" for machines with virtual functions, "virtio" for those behind a virtio-iommu; null for others.</param>
    public static async Task<int> RunAsync(string? bootImage, int count, int seed, int workers, string? only, string? kind, bool explain)
    {
        if (bootImage is null || !File.Exists(bootImage))
        {
            await Console.Error.WriteLineAsync("groups needs --boot-image FILE: a boot.img that ./nuke.sh BuildKernel --device virt made");
            return 2;
        }

        var ours = LabKernel.FromBootImage(bootImage);
        LabKernel[] kernels =
        [
            .. ((LabKernel?[])[ours, ours.Debian("6.1"), ours.Debian("6.12"), ours.Debian("7.x")])
                .OfType<LabKernel>()
                .Where(kernel => only is null || kernel.Name == only)
                .Where(kernel => kind != "virtio" || kernel.HasVirtioIommu),
        ];
        using var lab = new Lab();
        var watch = Stopwatch.StartNew();
        var (right, wrong, devices) = (0, 0, 0);
        var boots = Enumerable.Range(seed, count).SelectMany(number => kernels.Select(kernel => (number, kernel)));
        await Parallel.ForEachAsync(boots, new ParallelOptions { MaxDegreeOfParallelism = workers }, async (boot, _) =>
        {
            var machine = (await (kind switch
            {
                "virtual" => RandomMachine.WithVirtualFunctionsAsync(boot.number),
                "virtio" => RandomMachine.WithVirtioIommuAsync(boot.number),
                _ => RandomMachine.CreateAsync(boot.number),
            })).For(boot.kernel);
            var said = $"{machine.What}, {boot.kernel.Name}";
            var started = watch.Elapsed;
            try
            {
                var comparison = GroupComparison.Of(await lab.BootAsync(boot.kernel, machine), machine.OptionsOn(boot.kernel));
                Interlocked.Add(ref devices, comparison.Prediction.Decisions.Length);
                Interlocked.Increment(ref comparison.Differences.Count == 0 ? ref right : ref wrong);
                foreach (var decision in explain ? comparison.Prediction.Decisions : [])
                {
                    Console.WriteLine(
                        $"  {decision.Device} group {decision.Group} {decision.Rule} {string.Join(' ', decision.Streams)}: "
                        + $"{decision.Reason}");
                }

                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{said}: {comparison}, {(watch.Elapsed - started).TotalSeconds:0.0} "
                    + $"s{string.Concat(comparison.Differences.Select(line => "\n  WRONG " + line))}"));
            }
            catch (InvalidOperationException exception)
            {
                Interlocked.Increment(ref wrong);
                Console.WriteLine($"{said}: WRONG {exception.Message}");
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} machines on {string.Join(", ", kernels.Select(kernel => kernel.Name))}: {right} boots right, {wrong} wrong, "
            + $"{devices} devices, {watch.Elapsed.TotalSeconds:0} s"));
        return wrong == 0 && right > 0 ? 0 : 1;
    }
}
