using System.IO.Compression;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Tests;

/// <summary>
/// The virt device with Linux 5.10 as it booted: e1000e is built in and took the endpoints before pcieport took the ports. The groups in
/// the capture are Linux's.
/// </summary>
public sealed class OrderOfBinding
{
    private static Capture Machine => Read("virt-5.10-endpoints-first.capture.gz");

    private static Capture Read(string name)
    {
        using var stream = new GZipStream(File.OpenRead(Repository.PathOf("tests", "data", "iommu", name)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        CaptureReader.TryRead(bytes.ToArray(), out var capture, out var error).ShouldBeTrue(error?.Message);
        return capture!;
    }

    private static (PredictionOptions Options, string[] Differing, Diagnostic[] Warned) Predict(Capture capture, string kernel = "5.10.223")
    {
        var tree = new IommuTree(DeviceTree.Read(capture.DeviceTree));
        var topology = capture.ToTopology();
        KernelVersion.TryParse(kernel, out var version).ShouldBeTrue();
        var options = RecordedOrder.Apply(topology, new PredictionOptions { Kernel = version });
        var prediction = GroupPredictor.Predict(tree, topology, options);
        return (options, [.. RecordedGroupCheck.Check(capture, prediction).Select(one => one.Message)], [.. RecordedOrder.Check(tree, topology, options, prediction)]);
    }

    [Fact]
    public void The_numbers_of_the_groups_tell_it_and_every_function_is_where_Linux_has_it()
    {
        var (options, differing, warned) = Predict(Machine);
        options.EndpointsFirst.ShouldBeTrue();
        differing.ShouldBeEmpty();
        var warning = warned.ShouldHaveSingleItem();
        warning.Code.ShouldBe(DiagnosticCodes.GroupsFollowOrder);
        // those behind ports without ACS, and no other
        warning.Message.ShouldStartWith("0000:05:00.0 0000:06:00.0 0000:09:00.0 0000:0a:00.0: apart from their ports");
    }

    [Fact]
    public void Ports_that_came_first_change_nothing()
    {
        var machine = Machine;
        var ports = machine.ToTopology().Functions.Where(function => function.IsBridge).Select(function => function.RecordedGroup).ToHashSet();
        var portsFirst = machine with
        {
            // the same groups, those without a port numbered last
            Functions = [.. machine.Functions.Select(function => function with { Group = ports.Contains(function.Group) ? function.Group : function.Group + 100 })],
        };
        var (options, differing, warned) = Predict(portsFirst);
        options.EndpointsFirst.ShouldBeFalse();
        differing.Length.ShouldBe(8);
        warned.ShouldBeEmpty();
    }

    [Fact]
    public void Since_groups_are_formed_at_enumeration_there_is_no_such_order()
    {
        var (options, _, warned) = Predict(Machine, "6.16");
        options.EndpointsFirst.ShouldBeFalse();
        warned.ShouldBeEmpty();
    }

    /// <summary>
    /// The same device with Linux 7.2, whose functions get their groups while they are added: root port 04.1, whose header has no
    /// multi-function bit, is apart from 04.0 although neither has ACS.
    /// </summary>
    [Fact]
    public void A_function_without_the_multifunction_bit_is_single_while_it_is_added()
    {
        var machine = Read("virt-7.2.capture.gz");
        var (_, differing, _) = Predict(machine, "7.2");
        differing.ShouldBeEmpty();
        Predict(machine, "6.12").Differing.Length.ShouldBe(4);

        // with the bit, all four share
        var topology = machine.ToTopology().Change(function => function with { MultifunctionBit = true });
        var tree = new IommuTree(DeviceTree.Read(machine.DeviceTree));
        KernelVersion.TryParse("7.2", out var version).ShouldBeTrue();
        GroupPredictor.Predict(tree, topology, new PredictionOptions { Kernel = version }).Partition.Companions("0000:00:04.0").ShouldBe(
            ["0000:00:04.0", "0000:00:04.1", "0000:05:00.0", "0000:06:00.0"]);
    }

    /// <summary>
    /// A virtio-iommu is a function of PCI and comes up when the bus has been scanned: by then every function knows that it is one of
    /// several. Booted on Debian's 7.2 (GroupsOnRealKernels).
    /// </summary>
    [Fact]
    public void Behind_an_IOMMU_that_comes_after_the_scan_the_bit_does_not_count()
    {
        var machine = Read("virt-7.2.capture.gz");
        var tree = DeviceTree.Read(machine.DeviceTree);
        var host = new IommuTree(tree).Hosts.Single();
        var smmu = host.ByTarget!.Entries[0].Target!;
        var moved = new DeviceTreeNode("iommu@8")
        {
            Properties =
            [
                DeviceTreeProperty.FromStrings("compatible", "pci1af4,1057"),
                .. smmu.Node.Properties.Where(property => property.Name is "#iommu-cells" or "phandle"),
            ],
        };
        var virtio = tree.Edit(smmu.Path, node => node with { Properties = [] }).Edit(host.Path, node => node.WithChild(moved));
        KernelVersion.TryParse("7.2", out var version).ShouldBeTrue();
        var options = new PredictionOptions { Kernel = version };
        GroupPredictor.Predict(new IommuTree(virtio), machine.ToTopology(), options).Partition.Companions("0000:00:04.0").ShouldBe(
            ["0000:00:04.0", "0000:00:04.1", "0000:05:00.0", "0000:06:00.0"]);

        // nor is it asked for
        var unknown = machine.ToTopology().Change(function => function with { MultifunctionBit = null });
        var prediction = GroupPredictor.Predict(new IommuTree(virtio), unknown, options);
        prediction.Unknown.ShouldBeEmpty();
        CaptureReader.CheckHeaders(new IommuTree(virtio), unknown, options, prediction).ShouldBeEmpty();
    }

    /// <summary>As QEMU writes it, the map leaves out the virtio-iommu's own ID; booted otherwise, the groups were a matter of time.</summary>
    [Fact]
    public void An_IOMMU_whose_map_covers_itself_is_an_error_and_its_groups_are_unknown()
    {
        var machine = Read("virt-7.2.capture.gz");
        var tree = DeviceTree.Read(machine.DeviceTree);
        var host = new IommuTree(tree).Hosts.Single();
        var smmu = host.ByTarget!.Entries[0].Target!;
        var own = new DeviceTreeNode("iommu@8")
        {
            Properties =
            [
                DeviceTreeProperty.FromStrings("compatible", "pci1af4,1057"), DeviceTreeProperty.FromCells("reg", 0x800, 0, 0, 0, 0),
                .. smmu.Node.Properties.Where(property => property.Name is "#iommu-cells" or "phandle"),
            ],
        };
        var phandle = smmu.Node.Number("phandle")!.Value;
        var virtio = tree.Edit(smmu.Path, node => node with { Properties = [] }).Edit(host.Path, node => node.WithChild(own));
        KernelVersion.TryParse("7.2", out var version).ShouldBeTrue();

        BindingLinter.Lint(new IommuTree(virtio), version).ShouldContain(finding => finding.Code == DiagnosticCodes.IommuBehindItself
            && finding.Message.Contains("covers the ID 0x8", StringComparison.Ordinal));
        var prediction = GroupPredictor.Predict(new IommuTree(virtio), machine.ToTopology(), new PredictionOptions { Kernel = version });
        prediction.Decisions.Where(decision => decision.Function is not null).ShouldAllBe(decision => decision.IsUnknown);

        var around = virtio.WithProperty(
            host.Path, DeviceTreeProperty.FromCells("iommu-map", 0, phandle, 0, 8, 9, phandle, 9, 0xfff7));
        BindingLinter.Lint(new IommuTree(around), version).ShouldNotContain(finding => finding.Code == DiagnosticCodes.IommuBehindItself);
        GroupPredictor.Predict(new IommuTree(around), machine.ToTopology(), new PredictionOptions { Kernel = version }).Unknown.ShouldBeEmpty();
    }

    /// <summary>
    /// Where endpoints came first, those of drivers that are linked before the IOMMUs' waited with the ports: virtio-pci, on our 6.1 behind
    /// a virtio-iommu that is built in (GroupsOnRealKernels).
    /// </summary>
    [Fact]
    public void Endpoints_of_virtio_are_not_among_those_that_come_first()
    {
        PciAddress.TryParse("0000:00:01.0", out var port).ShouldBeTrue();
        PciAddress.TryParse("0000:01:00.0", out var card).ShouldBeTrue();
        string[] Groups(string driver) =>
        [
            .. GroupPredictor.Predict(
                LabRecord.Virt(),
                new PciTopology(
                [
                    new PciFunction(port, 0x1b36, 0xc)
                    {
                        HeaderType = 1, ClassCode = 0x060400, SecondaryBus = 1, PortType = PciPortType.RootPort, HasExtendedSpace = true,
                        Driver = "pcieport",
                    },
                    new PciFunction(card, 1, 1) { PortType = PciPortType.Endpoint, HasExtendedSpace = true, Driver = driver },
                ]),
                new PredictionOptions { Kernel = new KernelVersion(6, 1), EndpointsFirst = true }).Groups
                .Select(group => string.Join(' ', group.Devices)),
        ];

        Groups("e1000e").Length.ShouldBe(2);
        Groups("virtio-pci").ShouldBe(["0000:00:01.0 0000:01:00.0"]);
    }

    /// <summary>
    /// A text that shows no headers: what depends on the bit is unknown, with the command that shows it. 6.12 does not ask for it, nor does
    /// a port whose ACS isolates.
    /// </summary>
    [Fact]
    public void Without_headers_what_depends_on_the_multifunction_bit_is_unknown()
    {
        var machine = Read("virt-7.2.capture.gz");
        var tree = new IommuTree(DeviceTree.Read(machine.DeviceTree));
        var topology = machine.ToTopology().Change(function => function with { MultifunctionBit = null });
        var (unknown, warned) = Unknown("7.2");
        unknown.ShouldBe(["0000:00:04.0", "0000:00:04.1", "0000:05:00.0", "0000:06:00.0"]);
        warned.ShouldHaveSingleItem().Code.ShouldBe(DiagnosticCodes.MultifunctionBitMissing);
        warned[0].Message.ShouldStartWith("1 of ");
        warned[0].Message.ShouldContain("0000:00:04.1");

        (unknown, warned) = Unknown("6.12");
        unknown.ShouldBeEmpty();
        warned.ShouldBeEmpty();

        // what lspci's sentences do not say stays unsaid in a capture that is made of them
        var record = LabRecord.Read("lab-6.1-full.txt");
        CaptureReader.TryRead(CaptureFile.Write(record.Sentences), out var kept, out var error).ShouldBeTrue(error?.Message);
        kept!.ToTopology().Functions.ShouldAllBe(function => function.MultifunctionBit == null);
        CaptureReader.TryRead(CaptureFile.Write(record.Hexadecimal), out kept, out error).ShouldBeTrue(error?.Message);
        kept!.ToTopology().Functions.ShouldAllBe(function => function.MultifunctionBit != null);

        (string[] Unknown, Diagnostic[] Warned) Unknown(string kernel)
        {
            KernelVersion.TryParse(kernel, out var version).ShouldBeTrue();
            var options = new PredictionOptions { Kernel = version };
            var prediction = GroupPredictor.Predict(tree, topology, options);
            return (
                [.. prediction.Decisions.Where(decision => decision.IsUnknown).Select(decision => decision.Device).Order(StringComparer.Ordinal)],
                [.. CaptureReader.CheckHeaders(tree, topology, options, prediction)]);
        }
    }
}
