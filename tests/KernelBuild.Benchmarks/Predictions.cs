using System.Diagnostics;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Benchmarks;

/// <summary>
/// How long the groups of a captured machine take: the device tree is analysed already, as it is where many predictions are made of one
/// machine.
/// </summary>
internal static class Predictions
{
    public static int Run(string file, int rounds)
    {
        if (!CaptureFile.TryRead(File.ReadAllBytes(file), out var capture, out var error))
        {
            Console.Error.WriteLine(error);
            return 2;
        }

        Measure(
            new IommuTree(DeviceTree.Read(capture.DeviceTree)), capture.ToTopology(),
            new PredictionOptions
            {
                Kernel = KernelVersion.TryParse(capture.Kernel, out var kernel) ? kernel : KernelVersion.Default,
                HostPaths = capture.HostPaths,
            },
            rounds);
        return 0;
    }

    /// <summary>
    /// A machine of ports without ACS, switches below them and devices of two functions below those, twenty functions a port: behind SMMUv2
    /// and SMMUv3, before groups were formed at enumeration and after.
    /// </summary>
    public static int RunOf(int functions, int rounds)
    {
        var topology = new PciTopology(Enumerable.Range(0, functions / 20).SelectMany(Branch));
        foreach (var (compatible, kernel) in ((string, KernelVersion)[])
            [("arm,mmu-500", new(6, 12)), ("arm,smmu-v3", new(6, 12)), ("arm,smmu-v3", new(7, 2))])
        {
            Console.Write(string.Create(CultureInfo.InvariantCulture, $"{compatible}, Linux {kernel}: "));
            Measure(OneHostTree.Of(compatible, 0xffff), topology, new PredictionOptions { Kernel = kernel }, rounds);
        }

        return 0;
    }

    /// <summary>A root port, a switch of six ports, and six devices of two functions.</summary>
    private static IEnumerable<PciFunction> Branch(int number)
    {
        const int ports = 6;
        var bus = 1 + (number * (ports + 2));
        yield return Bridge(0, number, PciPortType.RootPort, bus);
        yield return Bridge(bus, 0, PciPortType.UpstreamPort, bus + 1);
        for (var port = 0; port < ports; port++)
        {
            yield return Bridge(bus + 1, port, PciPortType.DownstreamPort, bus + 2 + port);
            for (var function = 0; function < 2; function++)
            {
                yield return new PciFunction(new PciAddress(0, new RequesterId((byte)(bus + 2 + port), 0, function)), 0x8086, 0x10d3)
                {
                    ClassCode = 0x020000, PortType = PciPortType.Endpoint, HasExtendedSpace = true, IsMultifunction = true,
                    MultifunctionBit = true, Driver = "vfio-pci",
                };
            }
        }

        static PciFunction Bridge(int bus, int slot, PciPortType type, int secondary) =>
            new(new PciAddress(0, new RequesterId((byte)bus, slot, 0)), 0x1b36, 0x000c)
            {
                ClassCode = 0x060400, HeaderType = 1, PortType = type, SecondaryBus = (byte)secondary, HasExtendedSpace = true,
                Driver = "pcieport",
            };
    }

    private static void Measure(IommuTree tree, PciTopology topology, PredictionOptions options, int rounds)
    {
        var times = new List<double>();
        var groups = 0;
        for (var round = 0; round < rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            groups = GroupPredictor.Predict(tree, topology, options).Groups.Length;
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        var first = times[0];
        times.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{topology.Functions.Length} functions, {groups} groups: {times[times.Count / 2]:0.000} ms median of {rounds}, "
            + $"{times[^1]:0.0} ms at most (the first, with its compilation: {first:0.0} ms)"));
    }
}
