using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary>A machine that was read: what prediction takes.</summary>
internal sealed record Machine(IommuTree Tree, PciTopology Topology, PredictionOptions Options, IReadOnlyList<Diagnostic> Warnings)
{
    public GroupPrediction Predict() => GroupPredictor.Predict(Tree, Topology, Options);

    public static bool TryRead(MachineSource source, [NotNullWhen(true)] out Machine? machine, [NotNullWhen(false)] out Diagnostic? error)
    {
        machine = null;
        var file = source.Capture ?? source.ConfigSpace;
        if (file is null)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "no machine is given", "give --capture FILE, or --device-tree FILE and --config-space FILE");
            return false;
        }

        if (!InputFile.TryRead(file, out var bytes, out error))
        {
            return false;
        }

        if (!CaptureReader.TryRead(bytes, out var capture, out error))
        {
            error = error with { File = file };
            return false;
        }

        if (source.Capture is not null && source.ConfigSpace is not null)
        {
            if (!InputFile.TryRead(source.ConfigSpace, out bytes, out error) || !CaptureReader.TryRead(bytes, out var functions, out error))
            {
                error = error with { File = source.ConfigSpace };
                return false;
            }

            capture = capture with { Functions = functions.Functions };
        }

        return TryTree(source, capture, file, out var tree, out error) && TryOptions(source, capture, tree, out machine, out error);
    }

    private static bool TryTree(
        MachineSource source, Capture capture, string file, [NotNullWhen(true)] out IommuTree? tree,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        tree = null;
        ReadOnlyMemory<byte> bytes = capture.DeviceTree;
        if (source.DeviceTree is not null)
        {
            if (!InputFile.TryRead(source.DeviceTree, out var read, out error))
            {
                return false;
            }

            bytes = read;
        }

        if (bytes.IsEmpty)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.CaptureInvalid, "the capture has no device tree, which groups on arm64 depend on",
                "give --device-tree FILE; on the machine it is /sys/firmware/fdt") with { File = file };
            return false;
        }

        if (!KernelBuild.DeviceTrees.Tree.DeviceTree.TryRead(bytes, out var parsed, out error))
        {
            error = error with { File = source.DeviceTree ?? file };
            return false;
        }

        tree = new IommuTree(parsed);
        return true;
    }

    private static bool TryOptions(
        MachineSource source, Capture capture, IommuTree tree, [NotNullWhen(true)] out Machine? machine,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        machine = null;
        error = null;
        var version = KernelVersion.Default;
        if (!PredictionKernel.TryRead(source.KernelImage, out var stock, out error))
        {
            return false;
        }

        var text = source.Kernel ?? stock?.Version ?? capture.Kernel;
        if (text.Length > 0 && !KernelVersion.TryParse(text, out version))
        {
            error = Diagnostic.Error(
                DiagnosticCodes.KernelVersionInvalid, $"'{text}' is not a Linux version", "write it as 6.12 or 6.1.192");
            return false;
        }

        var hosts = capture.HostPaths;
        foreach (var host in source.Hosts)
        {
            var equals = host.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1
                || !uint.TryParse(host.AsSpan(0, equals), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var domain))
            {
                error = Diagnostic.Error(DiagnosticCodes.UsageInvalid, $"'{host}' is not a host bridge", "write it as 0=/soc/pcie@1c00000");
                return false;
            }

            if (!tree.Index.TryFind(host[(equals + 1)..], out _, out error))
            {
                return false;
            }

            hosts = hosts.SetItem(domain, host[(equals + 1)..]);
        }

        var topology = capture.ToTopology();
        var unbound = source.BoundOnly && capture.KnowsDrivers
            ? topology.Functions.Where(function => function.Driver is null).Select(function => function.Address).ToImmutableHashSet()
            : [];
        var options = new PredictionOptions
        {
            Kernel = version,
            HostPaths = hosts,
            Unbound = unbound,
            EndpointsFirst = source.EndpointsFirst,
            KernelQuirks = stock?.Table,
        };
        var prediction = GroupPredictor.Predict(tree, topology, options);
        machine = new Machine(
            tree, topology, options,
            [.. CaptureReader.Check(capture), .. MissingHosts(tree, topology, hosts), .. RecordedGroupCheck.Check(capture, prediction)]);
        return true;
    }

    private static IEnumerable<Diagnostic> MissingHosts(IommuTree tree, PciTopology topology, ImmutableDictionary<uint, string> hosts)
    {
        var known = tree.Hosts.IsEmpty
            ? "none at all"
            : string.Join(", ", tree.Hosts.Select(host => host.Path + (host.Node.IsReachable ? "" : " (disabled)")));
        return topology.Functions.Select(function => function.Address.Domain).Distinct()
            .Where(domain => !hosts.ContainsKey(domain) && tree.HostOf(domain) is null)
            .Select(domain => Diagnostic.Warning(
                DiagnosticCodes.HostBridgeMissing,
                $"the device tree has no enabled host bridge for PCI domain {domain:x4}; it has {known}",
                $"name it: --host {domain:x}=/path, or give the tree that the machine runs with, /sys/firmware/fdt"));
    }
}
