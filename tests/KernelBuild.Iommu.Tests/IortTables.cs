using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Acpi;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Iommu.Tests;

/// <summary>ACPI's IO Remapping Table. The oracle for the bytes is iasl; for the groups, what iort.c does.</summary>
public sealed class IortTables
{
    private static readonly PredictionOptions Linux612 = new() { Kernel = new KernelVersion(6, 12) };

    private static IortTable Read(byte[] bytes)
    {
        IortTable.TryRead(bytes, out var table, out var error).ShouldBeTrue(error?.Message);
        return table!;
    }

    private static PciFunction Card(string address)
    {
        PciAddress.TryParse(address, out var parsed).ShouldBeTrue();
        return new PciFunction(parsed, 0x8086, 0x10d3) { PortType = PciPortType.RootComplexEndpoint, HasExtendedSpace = true };
    }

    /// <summary>iasl reads the sample, and what it writes is compiled to the very same bytes: so the sample is a table.</summary>
    [FactWith("iasl")]
    public void What_iasl_shows_of_the_sample_is_what_is_read()
    {
        using var folder = new TestFolder();
        var path = folder.Write("iort.bin", IortSample.Write());
        Oracle.Output("iasl", ["-d", path], directory: folder.Path);
        var shown = File.ReadAllText(folder["iort.dsl"]);
        Oracle.Output("iasl", ["-p", folder["again"], folder["iort.dsl"]], directory: folder.Path);
        var again = File.ReadAllBytes(folder["again.aml"]);

        again.Length.ShouldBe(IortSample.Length);
        foreach (var bytes in (byte[][])[IortSample.Write(), again])
        {
            var table = Read(bytes);
            table.Nodes.Select(node => node.Type).ShouldBe(
                [IortNodeType.ItsGroup, IortNodeType.SmmuV3, IortNodeType.Smmu, IortNodeType.RootComplex, IortNodeType.RootComplex, IortNodeType.NamedComponent]);
            table.Nodes[1].ShouldSatisfyAllConditions(smmu => smmu.BaseAddress.ShouldBe(0x905_0000u), smmu => smmu.IsCoherent.ShouldBeTrue());
            table.Nodes[2].ShouldSatisfyAllConditions(smmu => smmu.Model.ShouldBe(3u), smmu => smmu.IsCoherent.ShouldBeFalse());
            table.Nodes[3].Mappings.Single().ShouldBe(new IortMapping(0, 0xffff, 0, IortSample.SmmuV3At, false));
            table.Nodes[4].ShouldSatisfyAllConditions(
                complex => complex.Segment.ShouldBe(1u), complex => complex.Mappings.Single().ShouldBe(new IortMapping(0, 0, 0x42, IortSample.SmmuAt, true)));
            table.Nodes[5].Name.ShouldBe("\\_SB_.COM0");
        }

        shown.ShouldContain("PCI Segment Number : 00000001");
        shown.ShouldContain("Single Mapping : 1");
        shown.ShouldContain("Output Base : 00000042");
        shown.ShouldContain("\"\\_SB_.COM0\"");
    }

    [Fact]
    public void Root_complexes_components_and_SMMUs_give_the_groups_that_iort_c_gives()
    {
        var tree = IortTree.Of(Read(IortSample.Write()));
        var topology = new PciTopology(
            [Card("0000:00:01.0"), Card("0000:00:02.0"), Card("0001:00:01.0"), Card("0001:00:02.0"), Card("0002:00:01.0")]);
        var prediction = GroupPredictor.Predict(tree, topology, Linux612);

        // segment 0: an SMMUv3 with an ID for each; segment 1: a single mapping, so one ID for all; segment 2 is not there
        prediction.Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal).ShouldBe(
            ["0000:00:01.0", "0000:00:02.0", "0001:00:01.0 0001:00:02.0", "\\_SB_.COM0"]);
        prediction.Of("0000:00:02.0")!.Streams.ShouldBe([new StreamId(0x10)]);
        prediction.Of("0001:00:02.0")!.Streams.ShouldBe([new StreamId(0x42)]);
        prediction.Of("\\_SB_.COM0")!.Streams.ShouldBe([new StreamId(0x77)]);
        prediction.Of("0002:00:01.0")!.Reason.ShouldContain("no root complex");
        FixFinder.Find(tree, topology, Linux612, "0001:00:01.0").ShouldAllBe(fix => fix.Tree == null);
    }

    /// <summary>The capture script's output of QEMU's virt, booted with ACPI by edk2; its table has a mapping that is one too long, too.</summary>
    [Fact]
    public void The_groups_of_a_machine_that_booted_with_ACPI_are_those_of_Linux()
    {
        CaptureReader.TryRead(File.ReadAllBytes(Path.Combine(LabRecord.Folder, "field", "iort-virt", "capture.txt")), out var capture, out var error)
            .ShouldBeTrue(error?.Message);
        KernelVersion.TryParse(capture!.Kernel, out var kernel).ShouldBeTrue();
        var table = Read(capture.Iort.ToArray());
        var prediction = GroupPredictor.Predict(IortTree.Of(table), capture.ToTopology(), new PredictionOptions { Kernel = kernel });

        table.Nodes[2].Mappings.Select(mapping => (mapping.InputBase, mapping.Count)).ShouldBe([(0u, 0x400u), (0x400u, 0xfbffu)]);
        RecordedGroupCheck.Check(capture, prediction).ShouldBeEmpty();
        prediction.Partition.ShouldBe(GroupPartition.Of(capture.Functions.Select(function => (function.Address.ToString(), function.Group))));
    }

    /// <summary>Firmware that stores the number of IDs where one less belongs: iort_id_map lets the next mapping win.</summary>
    [Fact]
    public void A_mapping_that_is_one_too_long_ends_where_the_next_begins()
    {
        static IortNode Node(uint offset, IortNodeType type, params IortMapping[] mappings) => new(offset, type, 1, [.. mappings]);
        var table = new IortTable(
        [
            Node(48, IortNodeType.SmmuV3), Node(100, IortNodeType.SmmuV3), Node(150, IortNodeType.ItsGroup),
            Node(200, IortNodeType.RootComplex, new(0, 0x10, 0x1000, 48, false), new(0x10, 7, 0x2000, 100, false), new(0x18, 7, 0, 150, false)),
        ]);
        var prediction = GroupPredictor.Predict(
            IortTree.Of(table), new PciTopology([Card("0000:00:01.7"), Card("0000:00:02.0"), Card("0000:00:03.0"), Card("0000:00:04.0")]), Linux612);

        prediction.Of("0000:00:01.7")!.Streams.ShouldBe([new StreamId(0x100f)]);
        prediction.Of("0000:00:02.0")!.Streams.ShouldBe([new StreamId(0x2000)]);
        prediction.Of("0000:00:03.0")!.Reason.ShouldContain("no SMMU");
        prediction.Of("0000:00:04.0")!.Rule.ShouldBe(GroupingRule.IdMapping);
    }

    [Fact]
    public void A_single_mapping_behind_others_takes_what_they_leave()
    {
        static IortNode Node(uint offset, IortNodeType type, params IortMapping[] mappings) => new(offset, type, 1, [.. mappings]);
        var table = new IortTable(
        [
            Node(48, IortNodeType.SmmuV3),
            Node(200, IortNodeType.RootComplex, new(0, 0xf, 0x1000, 48, false), new(0, 0, 0x42, 48, true), new(0x20, 7, 0x3000, 48, false)),
        ]);
        var prediction = GroupPredictor.Predict(
            IortTree.Of(table), new PciTopology([Card("0000:00:01.0"), Card("0000:00:04.0")]), Linux612);
        prediction.Of("0000:00:01.0")!.Streams.ShouldBe([new StreamId(0x1008)]);
        prediction.Of("0000:00:04.0")!.Streams.ShouldBe([new StreamId(0x42)]);
    }

    [Fact]
    public void The_script_takes_the_table_and_a_capture_keeps_it()
    {
        var bytes = IortSample.Write();
        var hex = string.Join(' ', bytes.Select(one => one.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        var text = $"### KERNELBUILD IOMMU CAPTURE 1\nK 6.12.0\nA IORT\nI\n {hex}\nT\n### END\n";
        CaptureScript.TryRead(Encoding.ASCII.GetBytes(text), out var capture, out var error).ShouldBeTrue(error?.Message);
        (capture!.IsAcpi, capture.Iort.ToArray()).ShouldSatisfyAllConditions(
            read => read.IsAcpi.ShouldBeTrue(), read => read.Item2.ShouldBe(bytes));
        CaptureFile.TryRead(CaptureFile.Write(capture), out var kept, out error).ShouldBeTrue(error?.Message);
        kept!.Iort.ToArray().ShouldBe(bytes);
    }

    [Theory]
    [InlineData(0, (byte)'X')]
    [InlineData(4, (byte)0xff)]
    [InlineData(9, (byte)0x55)]
    [InlineData(36, (byte)0xff)]
    [InlineData(40, (byte)0)]
    [InlineData(IortSample.RootComplexAt + 1, (byte)4)]
    [InlineData(IortSample.RootComplexAt + 8, (byte)9)]
    [InlineData(IortSample.RootComplexAt + 12, (byte)3)]
    public void A_damaged_table_is_refused_with_its_code(int at, byte value)
    {
        var bytes = IortSample.Write();
        bytes[at] = value;
        if (at != 9)
        {
            IortSample.WithSum(bytes);
        }

        IortTable.TryRead(bytes, out _, out var error).ShouldBeFalse();
        error!.Code.ShouldBe(DiagnosticCodes.IortInvalid);
        IortTable.TryRead(bytes.AsSpan(0, 20), out _, out error).ShouldBeFalse();
    }

    [Fact]
    public void Damaged_tables_end_in_groups_or_a_coded_error()
    {
        var run = new IortMutations(7);
        for (var round = 0; round < 3000; round++)
        {
            run.Step();
        }

        run.Codes.ShouldBe([DiagnosticCodes.IortInvalid]);
        run.Refused.ShouldBeGreaterThan(100);
        run.Read.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Damaged_texts_of_lspci_end_in_a_topology_or_a_coded_error()
    {
        var run = new CaptureMutations(11, onlyTexts: true);
        for (var round = 0; round < 3000; round++)
        {
            run.Step();
        }

        run.Codes.ShouldBeSubsetOf(
        [
            DiagnosticCodes.TopologyEmpty, DiagnosticCodes.CaptureInvalid, DiagnosticCodes.CaptureCut, DiagnosticCodes.TextContradictsItself,
        ]);
        run.Read.ShouldBeGreaterThan(1000);
    }

    [Theory]
    [InlineData("""[{"slot":"00:01.0","domain":"0000","class":"PCI bridge","class_id":"0604","vendor":"Red Hat","vendor_id":"1b36","device":"Port","device_id":"000c","driver":"pcieport","iommugroup":"3"}]""")]
    [InlineData("""{"devices":[{"address":"0000:00:01.0","class":"0x060400","vendor":"0x1b36","device":"0x000c","kernel_driver":"pcieport","iommu_group":3}]}""")]
    [InlineData("""{"pci":{"bus":[{"domain":0,"bus":0,"dev":1,"function":0,"class":"PCI bridge [0604]","vendor":"Red Hat [1b36]","device_id":"000c","driver":"pcieport","iommu_group":3}]}}""")]
    public void The_JSON_of_programs_like_lspci_is_read_and_what_it_lacks_is_unknown(string json)
    {
        CaptureReader.TryRead(Encoding.UTF8.GetBytes(json), out var capture, out var error).ShouldBeTrue(error?.Message);
        var function = capture!.ToTopology().Functions.Single();
        (function.Address.ToString(), function.Id, function.ClassCode >> 8, function.Driver, function.RecordedGroup, function.IsTypeUnknown)
            .ShouldBe(("0000:00:01.0", "1b36:000c", 0x0604u, "pcieport", 3, true));
        CaptureReader.Check(capture).Select(finding => finding.Code).ShouldBe([DiagnosticCodes.PortTypeMissing]);
    }
}
