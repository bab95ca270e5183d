using System.Diagnostics;
using System.Globalization;
using KernelBuild.DeviceTrees.Overlays;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Benchmarks;

/// <summary>
/// All device trees of Debian's kernels: how long reading and analysing them takes, and, with --compile, whether dtc makes equal trees of
/// our sources.
/// </summary>
internal static class Trees
{
    public static int Run(bool compile)
    {
        if (DebianTrees.All.Count == 0)
        {
            Console.Error.WriteLine($"there are no device trees below {DebianTrees.Folder}: tests/fetch-debian-kernels.sh fetches them");
            return 2;
        }

        // what is measured is our work, not the disk's
        var files = DebianTrees.All
            .Where(file => file.Contains("/6.12/", StringComparison.Ordinal) && file.EndsWith(".dtb", StringComparison.Ordinal))
            .Select(File.ReadAllBytes)
            .ToArray();
        var times = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            Parallel.ForEach(files, bytes => _ = new IommuTree(DeviceTree.Read(bytes)).Hosts.Length);
            times.Add(watch.Elapsed.TotalSeconds);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{files.Length} trees, {files.Sum(bytes => (long)bytes.Length) / 1e6:0.0} MB: read and analysed in "
            + $"{string.Join(", ", times.Select(time => time.ToString("0.000", CultureInfo.InvariantCulture)))} s"));
        Overlay(files.MaxBy(bytes => bytes.Length)!);
        return compile ? Compile() : 0;
    }

    private static void Overlay(byte[] bytes)
    {
        var tree = DeviceTree.Read(bytes);
        var host = new IommuTree(tree).Index.Nodes.First(node => node.Node.HasProperty("compatible") && node.Parent?.Parent is not null);
        var overlay = DeviceTree.Read(Dtc.CompileOverlay(
            "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"" + host.Path
            + "\"; __overlay__ { status = \"okay\"; new { x = <1 2 3>; }; }; }; };"));
        var applied = new List<double>();
        var written = new List<double>();
        for (var round = 0; round < 3000; round++)
        {
            var watch = Stopwatch.StartNew();
            var result = DeviceTreeOverlay.Apply(tree, overlay);
            applied.Add(watch.Elapsed.TotalMilliseconds);
            result.ToArray();
            written.Add(watch.Elapsed.TotalMilliseconds);
        }

        var first = applied[0];
        applied.Sort();
        written.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"an overlay on the largest tree ({bytes.Length} bytes): applied in {applied[applied.Count / 2]:0.000} ms, and written in "
            + $"{written[written.Count / 2]:0.000} ms (medians; the first {first:0.0} ms)"));
    }

    private static int Compile()
    {
        var watch = Stopwatch.StartNew();
        var different = 0;
        Parallel.ForEach(DebianTrees.All, file =>
        {
            var tree = DeviceTree.Read(File.ReadAllBytes(file));
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            DtsWriter.Write(tree, text);
            if (!DeviceTree
                .Read(Dtc.Compile(text.ToString(), "-f", "-b", tree.BootCpu.ToString(CultureInfo.InvariantCulture)))
                .Equals(tree))
            {
                Interlocked.Increment(ref different);
                Console.WriteLine($"{file}: dtc makes another tree of our source");
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{DebianTrees.All.Count} trees printed and compiled by dtc in {watch.Elapsed.TotalSeconds:0} s: {different} differ"));
        return different == 0 ? 0 : 1;
    }
}
