using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Acpi;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Cli.Iommu;

/// <summary>A machine that was read: what prediction takes.</summary>
internal sealed record Machine(IommuTree Tree, PciTopology Topology, PredictionOptions Options, IReadOnlyList<Diagnostic> Warnings)
{
    /// <summary>The groups that Linux had formed when the machine was captured, as far as the capture has them.</summary>
    public GroupPartition Recorded { get; init; } = GroupPartition.Of([]);

    /// <summary>Names of its PCI devices and their classes.</summary>
    public PciNames Names { get; init; } = PciNames.BuiltIn;

    public GroupPrediction Predict() => GroupPredictor.Predict(Tree, Topology, Options);

    public static bool TryRead(MachineSource source, [NotNullWhen(true)] out Machine? machine, [NotNullWhen(false)] out Diagnostic? error)
    {
        machine = null;
        var file = source.Capture ?? source.ConfigSpace ?? source.DeviceTree ?? source.Iort;
        if (file is null)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "no machine is given", "give --capture FILE, or --device-tree FILE and --config-space FILE");
            return false;
        }

        // a tree alone has the devices of the platform
        var capture = new Capture();
        if ((source.Capture ?? source.ConfigSpace) is { } first && !CaptureInput.TryRead(first, out capture, out error))
        {
            return false;
        }

        if (source.Capture is not null && source.ConfigSpace is not null)
        {
            if (!CaptureInput.TryRead(source.ConfigSpace, out var functions, out error))
            {
                return false;
            }

            capture = capture with { Functions = functions.Functions, IsCut = functions.IsCut };
        }

        return TryTree(source, capture, file, out var tree, out error) && TryOptions(source, capture, tree, out machine, out error);
    }

    private static bool TryTree(
        MachineSource source, Capture capture, string file, [NotNullWhen(true)] out IommuTree? tree,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        tree = null;
        if (source.Iort is not null && source.DeviceTree is not null)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "--iort and --device-tree are both given, and a machine boots with one of them",
                "give one of them");
            return false;
        }

        if (source.Iort is not null)
        {
            return InputFile.TryRead(source.Iort, out var table, out error) && TryIort(table, source.Iort, out tree, out error);
        }

        if (source.DeviceTree is null && capture.DeviceTree.IsEmpty)
        {
            return TryWithoutTree(capture, file, out tree, out error);
        }

        if (source.DeviceTree is not null)
        {
            if (!DeviceTreeFile.TryRead(source.DeviceTree, out var given, out error))
            {
                return false;
            }

            tree = new IommuTree(given);
        }
        else if (KernelBuild.DeviceTrees.Tree.DeviceTree.TryRead(capture.DeviceTree, out var parsed, out error))
        {
            tree = new IommuTree(parsed);
        }
        else
        {
            error = error with { File = file };
            return false;
        }

        return !tree.IsAcpiStub || capture.Iort.IsEmpty || TryIort(capture.Iort, file, out tree, out error);
    }

    /// <summary>A machine of which no tree was captured: with ACPI it needs none.</summary>
    private static bool TryWithoutTree(
        Capture capture, string file, [NotNullWhen(true)] out IommuTree? tree, [NotNullWhen(false)] out Diagnostic? error)
    {
        if (!capture.Iort.IsEmpty)
        {
            return TryIort(capture.Iort, file, out tree, out error);
        }

        if (capture.IsAcpi || X86Machine.IsOne(capture.ToTopology()))
        {
            tree = AcpiTree;
            error = null;
            return true;
        }

        tree = null;
        error = Diagnostic.Error(
            DiagnosticCodes.CaptureInvalid, "the capture has no device tree, which groups on arm64 depend on",
            "give --device-tree FILE; on the machine it is /sys/firmware/fdt; with ACPI, --iort FILE, which is /sys/firmware/acpi/tables/IORT") with
        {
            File = file,
        };
        return false;
    }

    private static bool TryIort(
        ReadOnlyMemory<byte> bytes, string file, [NotNullWhen(true)] out IommuTree? tree, [NotNullWhen(false)] out Diagnostic? error)
    {
        tree = IortTable.TryRead(bytes.Span, out var table, out error) ? IortTree.Of(table) : null;
        error = error is null ? null : error with { File = file };
        return tree is not null;
    }

    /// <summary>What firmware gives with ACPI; some machines give nothing, which is the same.</summary>
    private static IommuTree AcpiTree => new(new KernelBuild.DeviceTrees.Tree.DeviceTree
    {
        Root = new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("")
        {
            Children = [new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("chosen")],
        },
    });

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
                DiagnosticCodes.KernelVersionInvalid, $"'{text}' is not a Linux version", "write it as 6.12 or 6.1.192: --kernel VERSION") with
            {
                File = source.Kernel is not null ? null : stock is not null ? source.KernelImage : source.Capture,
            };
            return false;
        }

        var topology = capture.ToTopology();
        var domains = topology.Functions.Select(function => function.Address.Domain).ToHashSet();
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

            if (domains.Count > 0 && !domains.Contains(domain))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.UsageInvalid, $"--host {host}: no function of the input is in PCI domain {domain:x4}",
                    $"the domains of the input are {string.Join(", ", domains.Order().Select(one => $"{one:x}"))}");
                return false;
            }

            if (!tree.Index.TryFind(host[(equals + 1)..], out _, out error))
            {
                return false;
            }

            hosts = hosts.SetItem(domain, host[(equals + 1)..]);
        }

        if (source.BoundOnly && !capture.KnowsDrivers)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.DriversMissing, "--bound-only needs to know which drivers are bound, and the input says of none",
                "capture with drivers: kernelbuild iommu capture, or lspci -D -nnk -xxxx");
            return false;
        }

        var unbound = source.BoundOnly
            ? topology.Functions.Where(function => function.Driver is null).Select(function => function.Address).ToImmutableHashSet()
            : [];
        var options = new PredictionOptions
        {
            Kernel = version,
            HostPaths = hosts,
            Unbound = unbound,
            EndpointsFirst = source.EndpointsFirst,
            KernelQuirks = stock?.Table,
            QualcommVendorKernel = source.QualcommGroups || (NamesGroups(tree) && IsVendorVersion(text)),
        };
        if (!PciIdsFile.TryRead(source.PciIds, topology, out var names, out error))
        {
            return false;
        }

        options = RecordedOrder.Apply(topology, options);
        var prediction = GroupPredictor.Predict(tree, topology, options);
        machine = new Machine(
            tree, topology, options,
            [
                .. CaptureReader.Check(capture), .. Acpi(tree, topology), .. UnreadGroups(tree, options), .. OtherBuses(tree, hosts), .. BindingLinter.Placeholders(tree),
                .. MissingFunctions(tree, topology),
                .. MissingHosts(tree, topology, hosts), .. RecordedGroupCheck.Check(capture, prediction),
                .. RecordedOrder.Check(tree, topology, options, prediction), .. CaptureReader.CheckHeaders(tree, topology, options, prediction),
            ])
        {
            Recorded = RecordedGroupCheck.Recorded(capture),
            Names = names,
        };
        return true;
    }

    /// <summary>Devices of the platform and nodes of PCI functions.</summary>
    private static bool NamesGroups(IommuTree tree) =>
        tree.Index.Nodes.Any(node => node.Node.HasProperty("qcom,iommu-group") && node.IsReachable);

    /// <summary>"5.10.198-android12-9", "4.19.157-perf+": Qualcomm's own kernels, or GKI with their modules.</summary>
    private static bool IsVendorVersion(string version) =>
        version.Contains("-android", StringComparison.Ordinal) || version.Contains("-perf", StringComparison.Ordinal)
        || version.Contains("-qgki", StringComparison.Ordinal);

    private static IEnumerable<Diagnostic> UnreadGroups(IommuTree tree, PredictionOptions options)
    {
        if (NamesGroups(tree) && !options.QualcommVendorKernel)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.IommuPropertyUnread,
                $"the tree puts devices into groups with qcom,iommu-group, which only Qualcomm's own kernels read, and Linux "
                + $"{options.Kernel} is not known to be one: the groups are those of a kernel that does not read it",
                "say so with --qcom-iommu-group, or give the whole version: --kernel 5.10.198-android12-9");
        }
    }

    /// <summary>Devices that the tree does not list, and that are behind an IOMMU nevertheless.</summary>
    private static IEnumerable<Diagnostic> OtherBuses(IommuTree tree, ImmutableDictionary<uint, string> hosts) =>
        from bus in tree.OtherBuses
        where !hosts.Values.Contains(bus.Path, StringComparer.Ordinal)
        let isMc = bus.Node.IsCompatibleWith("fsl,qoriq-mc")
        select Diagnostic.Note(
            DiagnosticCodes.BusNotModelled,
            $"{bus.Path} is a bus with an iommu-map, and its devices are not in the tree: their groups are not modelled"
            + (isMc ? ". Those of a container (dprc.1 and its dpni, dpmac and so on) share one (fsl_mc_device_group)" : "")) with
        {
            Fix = "ask the running kernel: find /sys/kernel/iommu_groups -type l",
        };

    private static IEnumerable<Diagnostic> Acpi(IommuTree tree, PciTopology topology)
    {
        if (tree.IsAcpiStub)
        {
            var isX86 = X86Machine.IsOne(topology);
            yield return Diagnostic.Warning(
                DiagnosticCodes.AcpiMachine,
                (isX86
                    ? "the machine is an x86 one, and its tables DMAR or IVRS say which devices are behind which IOMMU; they are not read. "
                    : "the machine boots with ACPI: its device tree is a stub, and the table IORT (DMAR or IVRS on x86) says which devices "
                    + "are behind which IOMMU. ")
                + "Groups are what the PCI rules alone give; devices of the platform are not predicted",
                (isX86 ? "" : "give the table: --iort FILE, taken as root from /sys/firmware/acpi/tables/IORT; or ")
                + "compare with Linux's own: find /sys/kernel/iommu_groups -type l");
        }
    }

    private static IEnumerable<Diagnostic> MissingFunctions(IommuTree tree, PciTopology topology)
    {
        if (topology.Functions.IsEmpty && !tree.IsAcpi && tree.Hosts.FirstOrDefault(host => host.Node.IsReachable) is { } host)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.TopologyEmpty,
                $"the device tree has the PCI host bridge {host.Path}, and no PCI function is in the input: only devices of the "
                    + $"platform are "
                + "predicted",
                "give --config-space FILE with the output of lspci -D -nnk -xxxx, made as root");
        }
    }

    private static IEnumerable<Diagnostic> MissingHosts(IommuTree tree, PciTopology topology, ImmutableDictionary<uint, string> hosts)
    {
        if (tree.IsAcpi)
        {
            return [];
        }

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
