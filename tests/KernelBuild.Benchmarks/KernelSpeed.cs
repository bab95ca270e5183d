using System.Diagnostics;
using System.Globalization;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.Benchmarks;

/// <summary>Times on one raw kernel, the least of some rounds: in this process, and as a whole process of the published command.</summary>
internal static class KernelSpeed
{
    private static readonly string[] Interfaces =
    [
        "pci_device_group", "iommu_group_alloc", "arm_smmu_device_group", "of_iommu_configure", "of_map_id", "pci_acs_enabled",
        "pci_request_acs", "pci_enable_acs",
        "qcom_smmu_def_domain_type", "of_property_read_variable_u32_array", "of_get_property", "of_parse_phandle_with_args",
        "of_find_property",
    ];

    public static int Run(string file, string? command, int rounds)
    {
        var bytes = File.ReadAllBytes(file);
        Time("symbols, as text", () => new KernelImage(bytes).ReadSymbols().WriteProcKallsyms(_ => { }));
        var image = new KernelImage(bytes);
        var functions = Interfaces.SelectMany(name => image.ReadSymbols().FindAll(name)).Select(symbol => symbol.Address).ToHashSet();
        var references = 0;
        Time(
            "callers of the IOMMU interfaces, through ops tables too",
            () => references = new CallerSearch(image).Of(functions).Sum(group => group.Count()));
        Console.WriteLine($"  {references} references to {functions.Count} functions");
        Time("tables", () => RecoveredTables.Of(image));
        if (command is not null)
        {
            Time("kernelbuild kernel symbols, the whole process", () =>
            {
                using var process = Process.Start(new ProcessStartInfo(
                    "sh", ["-c", "exec \"$0\" kernel symbols \"$1\" > /dev/null", command, file]))!;
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    throw new InvalidOperationException($"{command} ended with {process.ExitCode}");
                }
            });
        }

        return 0;

        void Time(string what, Action work)
        {
            var times = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                work();
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            times.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{what}: {times[0]:0} ms at least, {times[times.Count / 2]:0} ms median of {rounds}"));
        }
    }
}
