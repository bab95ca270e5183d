using System.Diagnostics;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

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

        var tree = new IommuTree(DeviceTree.Read(capture.DeviceTree));
        var topology = capture.ToTopology();
        var options = new PredictionOptions
        {
            Kernel = KernelVersion.TryParse(capture.Kernel, out var kernel) ? kernel : KernelVersion.Default,
            HostPaths = capture.HostPaths,
        };
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
        return 0;
    }
}
