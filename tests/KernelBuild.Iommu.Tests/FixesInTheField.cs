using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Iommu.Tests;

/// <summary>Changes for machines that people have and the lab's virt has not.</summary>
public sealed class FixesInTheField
{
    private static readonly PredictionOptions Linux61 = new() { Kernel = new KernelVersion(6, 1) };

    private static string Folder(string name) => Path.Combine(LabRecord.Folder, "field", name);

    private static PciTopology Topology(byte[] bytes)
    {
        CaptureReader.TryRead(bytes, out var capture, out var error).ShouldBeTrue(error?.Message);
        return capture!.ToTopology();
    }

    private static IommuTree Tree(byte[] bytes) => new(DeviceTree.Read(bytes));

    /// <summary>fixed.dtb, which is shared.dtb with one stream ID changed, was booted: 0000:01:00.0 was alone.</summary>
    [Theory]
    [InlineData("shared.dtb", FixVerdict.AssertedOnly)]
    [InlineData("shared-qcom.dtb", FixVerdict.EnforcedByHardware)]
    public void A_stream_ID_that_two_functions_share_is_given_to_one_of_them(string name, FixVerdict verdict)
    {
        var topology = Topology(File.ReadAllBytes(Path.Combine(Folder("cure-shared-stream-id"), "phone.capture")));
        var tree = Tree(File.ReadAllBytes(Path.Combine(Folder("cure-shared-stream-id"), name)));
        foreach (var device in (string[])["0000:01:00.0", "0000:02:00.0"])
        {
            GroupPredictor.Predict(tree, topology, Linux61).Companions(device).ShouldBe(["0000:01:00.0", "0000:02:00.0"]);
            var fix = FixFinder.Find(tree, topology, Linux61, device).Single(fix => fix.Name == "iommu-map");
            (fix.Verdict, fix.After.Companions(device).Length).ShouldBe((verdict, 1));

            // what is written is the tree that was booted, but for the number that was chosen
            var booted = Tree(File.ReadAllBytes(Path.Combine(Folder("cure-shared-stream-id"), "fixed.dtb")));
            fix.Artifacts[0].Text.ShouldContain("0x200 0x9001 0x1c03 0x1");
            fix.After.Partition.ShouldBe(GroupPredictor.Predict(booted, topology, Linux61).Partition);
        }
    }

    /// <summary>
    /// A vendor's group node: the device gets one of its own, with the old one's settings. dtc and fdtoverlay make of each form the tree
    /// that was predicted with.
    /// </summary>
    [TheoryWith("dtc", "fdtoverlay")]
    [InlineData("qcom", true)]
    [InlineData("samsung", false)]
    public void A_device_in_a_vendor_s_group_gets_a_group_node_of_its_own(string vendor, bool isQualcomm)
    {
        var source = File.ReadAllText(Path.Combine(Folder("qcom-iommu-group"), "board.dts"))
            .Replace("qcom,iommu-group", vendor + ",iommu-group", StringComparison.Ordinal);
        var options = Linux61 with { Kernel = new KernelVersion(5, 10), QualcommVendorKernel = isQualcomm };
        var (before, topology) = (Tree(Dtc.Compile(source)), new PciTopology([]));
        GroupPredictor.Predict(before, topology, options).Companions("a00000.dma").ShouldBe(["a00000.dma", "ac0000.qup"]);

        var fix = FixFinder.Find(before, topology, options, "a00000.dma").Single(fix => fix.Name == "iommu-group-node");
        fix.Verdict.ShouldBe(FixVerdict.EnforcedByHardware);
        fix.After.Companions("a00000.dma").ShouldBe(["a00000.dma"]);

        using var files = new TestFolder();
        files.Write("base.dtb", Dtc.Compile(source));
        files.Write("own.dtbo", OverlayTree.Of(fix.Changes).ToArray());
        files.Write("text.dtso", fix.Artifacts.Single(artifact => artifact.Kind == "overlay").Text);
        Oracle.Text(files.Path, "dtc", "-q", "-@", "-O", "dtb", "-o", "text.dtbo", "text.dtso");
        files.Write("board.dts", source + fix.Artifacts.Single(artifact => artifact.Kind == "source").Text);
        Oracle.Text(files.Path, "dtc", "-q", "-O", "dtb", "-o", "source.dtb", "board.dts");
        foreach (var overlay in (string[])["own", "text"])
        {
            Oracle.Text(files.Path, "fdtoverlay", "-i", "base.dtb", "-o", overlay + ".dtb", overlay + ".dtbo");
        }

        foreach (var form in (string[])["own", "text", "source"])
        {
            var tree = Tree(File.ReadAllBytes(files[form + ".dtb"]));
            GroupPredictor.Predict(tree, topology, options).Partition.ShouldBe(fix.After.Partition, form);
            tree.Index.TryFind("/soc/dma-iommu-group", out var node, out _).ShouldBeTrue(form);
            node!.Node.Strings("qcom,iommu-dma").ShouldBe(["fastmap"], form);
        }

        // no vendor's kernel: the property says nothing, and nothing is offered
        if (isQualcomm)
        {
            FixFinder.Find(before, topology, options with { QualcommVendorKernel = false }, "a00000.dma").ShouldNotContain(one => one.Name == "iommu-group-node");
        }

        // two devices with one stream ID stay one to the IOMMU
        var shared = Tree(Dtc.Compile(source.Replace("&smmu 0xa3", "&smmu 0xb6", StringComparison.Ordinal)));
        FixFinder.Find(shared, topology, options, "a00000.dma").Where(one => one.Name == "iommu-group-node")
            .ShouldAllBe(one => one.Verdict == FixVerdict.AssertedOnly);
    }

    /// <summary>Each property refers to its own node, in whatever order paths are changed.</summary>
    [FactWith("dtc", "fdtoverlay")]
    public void Several_nodes_that_an_overlay_adds_keep_their_references()
    {
        using var files = new TestFolder();
        files.Write("base.dtb", Dtc.Compile("/dts-v1/; / { a { }; b { }; p: c { }; d { q = <&p>; }; };"));
        TreeChange Change(string path, string name, string added) =>
            new(path, DeviceTreeProperty.FromCells(name, 99)) { Added = new("/", new DeviceTreeNode(added)) };
        files.Write("own.dtbo", OverlayTree.Of([Change("/a", "one", "x"), Change("/b", "two", "y"), Change("/a", "three", "z")]).ToArray());
        Oracle.Text(files.Path, "fdtoverlay", "-i", "base.dtb", "-o", "merged.dtb", "own.dtbo");
        var index = Tree(File.ReadAllBytes(files["merged.dtb"])).Index;
        string Target(string path, string name)
        {
            index.TryFind(path, out var node, out _).ShouldBeTrue();
            index.TryFindPhandle(node!.Node.Number(name)!.Value, out var target).ShouldBeTrue();
            return target!.Path;
        }

        (Target("/a", "one"), Target("/b", "two"), Target("/a", "three"), Target("/d", "q")).ShouldBe(("/x", "/y", "/z", "/c"));
    }

    [FactWith("dtc")]
    public void A_range_is_divided_where_a_function_gets_another_stream_ID_and_a_host_that_has_anothers_moves()
    {
        const string Head = "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; smmu: iommu@1000 { compatible = \"arm,mmu-500\"; "
            + "reg = <0x1000 1>; "
            + "#iommu-cells = <1>; dma-coherent; }; ";
        static string Host(int domain, string map) =>
            $"pcie@{domain}000000 {{ compatible = \"x,pcie\"; device_type = \"pci\"; reg = <0x{domain}000000 1>; linux,pci-domain = "
                + $"<{domain - 1}>; "
            + $"#address-cells = <3>; #size-cells = <2>; iommu-map = {map}; }}; ";
        static PciFunction Port(string address, byte bus) => new(At(address), 0x1b36, 0xc)
        {
            HeaderType = 1, ClassCode = 0x060400, SecondaryBus = bus, PortType = PciPortType.RootPort, HasExtendedSpace = true,
            Acs = new AcsCapability(0x148, AcsServices.Isolation, AcsServices.Isolation),
        };
        static PciFunction Card(string address) => new(At(address), 0x8086, 0x10d3) { PortType = PciPortType.Endpoint,
            HasExtendedSpace = true };
        var topology = new PciTopology(
        [
            Port("0000:00:01.0", 1), Card("0000:01:00.0"), Port("0000:00:02.0", 2), Card("0000:02:00.0"), Port("0001:00:01.0", 1),
                Card("0001:01:00.0"),
        ]);
        var options = new PredictionOptions { Kernel = new KernelVersion(6, 12) };

        var overlap = Tree(Dtc.Compile(Head + Host(1, "<0 &smmu 0x100 0x180>, <0x180 &smmu 0x180 0x100>") + Host(2,
            "<0 &smmu 0x8000 0x1000>") + "};"));
        FixFinder.Find(overlap, topology, options, "0000:01:00.0").ShouldNotContain(fix => fix.Name == "iommu-map-base");
        FixFinder.Find(overlap, topology, options, "0000:01:00.0").ShouldContain(fix => fix.Name == "iommu-map");

        // where another host has every stream ID that SMMUv2 knows, there is none to give
        foreach (var everything in (string[])["<0 &smmu 0 0x10000>", "<0 &smmu 0 0xffffffff>"])
        {
            var taken = Tree(Dtc.Compile(Head + Host(1, "<0 &smmu 0x100 0x180>, <0x180 &smmu 0x180 0x100>") + Host(2, everything) + "};"));
            FixFinder.Find(taken, topology, options, "0000:01:00.0").ShouldNotContain(fix => fix.Name.Contains("iommu-map", StringComparison.Ordinal));
        }

        var hosts = Tree(Dtc.Compile(Head + Host(1, "<0 &smmu 0 0x1000>") + Host(2, "<0 &smmu 0 0x1000>") + "};"));
        var before = GroupPredictor.Predict(hosts, topology, options).Companions("0001:01:00.0").Length;
        before.ShouldBe(2);
        var moved = FixFinder.Find(hosts, topology, options, "0001:01:00.0").Single(fix => fix.Name == "iommu-map-base");
        moved.After.Companions("0001:01:00.0").Length.ShouldBe(1);
        moved.Artifacts[0].Text.ShouldContain("0x1000 0x1000");

        // no room in 16 bits
        var full = Tree(Dtc.Compile(Head + Host(1, "<0 &smmu 0 0x10000>") + Host(2, "<0 &smmu 0 0x10000>") + "};"));
        FixFinder.Find(full, topology, options, "0001:01:00.0").ShouldNotContain(fix => fix.Name == "iommu-map-base");
    }

    [FactWith("dtc")]
    public void Two_changes_that_each_alone_do_nothing_are_found_together_and_the_groups_are_predicted()
    {
        var tree = Tree(Dtc.Compile(File.ReadAllText(Path.Combine(Folder("combined-cure"), "board.dts"))));
        var topology = Topology(File.ReadAllBytes(Path.Combine(Folder("combined-cure"), "lspci.txt")));
        var fixes = FixFinder.Find(tree, topology, Linux61, "0000:01:00.0");
        var rescan = fixes.Single(fix => fix.Name == "iommu-map-mask+rescan");
        (rescan.After.Groups.Length, rescan.After.Companions("0000:01:00.0").Length).ShouldBe((2, 1));
        rescan.Verdict.ShouldBe(FixVerdict.EnforcedByHardware);
        rescan.Artifacts.Select(artifact => artifact.Kind).ShouldBe(["overlay", "source", "shell"]);
        fixes.ShouldNotContain(fix => fix.Name == "rescan" || fix.Name == "iommu-map-mask" || fix.Name == "none");
        fixes.ShouldNotContain(fix => fix.Name.Count(c => c == '+') > 1, "the fewest changes come first, and two are enough");
    }

    [TheoryWith("dtc")]
    [InlineData("idt.txt", "Source Validation of 111d:8090")]
    [InlineData("pericom.txt", "erratum E5")]
    public void Ports_whose_ACS_breaks_something_are_warned_about(string name, string warning)
    {
        var topology = Topology(File.ReadAllBytes(Path.Combine(Folder("acs-errata"), name)));
        var fixes = FixFinder.Find(LabRecord.Virt(), topology, new PredictionOptions(), "0000:03:00.0");
        fixes.Where(fix => fix.Name is "rescan" or "config_acs" or "acs-on-device-tree").ShouldNotBeEmpty();
        fixes.Where(fix => fix.Name is "rescan" or "setpci" or "config_acs" or "acs-on-device-tree")
            .ShouldAllBe(fix => fix.Cost.Contains(warning, StringComparison.Ordinal));
    }

    [FactWith("dtc")]
    public void What_is_broken_is_left_out_of_what_is_switched_on()
    {
        var topology = Topology(File.ReadAllBytes(Path.Combine(Folder("acs-errata"), "idt.txt")));
        var newest = FixFinder.Find(LabRecord.Virt(), topology, new PredictionOptions { Kernel = new KernelVersion(7, 2) }, "0000:03:00.0")
            .Single(fix => fix.Name == "config_acs");
        newest.Artifacts.Single().Text.ShouldBe("pci=config_acs=xx111x0@pci:111d:8090");
        newest.After.Companions("0000:03:00.0").Length.ShouldBe(1);

        // before 7.0 Linux wants Source Validation where the port says that it has it: the safe bits do not help there
        FixFinder.Find(LabRecord.Virt(), topology, new PredictionOptions(), "0000:03:00.0")
            .ShouldNotContain(fix => fix.Artifacts.Any(artifact => artifact.Text.Contains("xx111x1@pci:111d", StringComparison.Ordinal)));
    }

    [FactWith("dtc")]
    public void What_is_not_proved_is_not_called_impossible()
    {
        var tree = Tree(Dtc.Compile("/dts-v1/; / { pcie@1 { device_type = \"pci\"; reg = <1 1>; }; };"));
        var topology = new PciTopology([new PciFunction(At("0000:00:01.0"), 1, 1) { PortType = PciPortType.Endpoint,
            HasExtendedSpace = true }]);
        var none = FixFinder.Find(tree, topology, new PredictionOptions(), "0000:00:01.0").Single(fix => fix.Name == "none");
        none.Verdict.ShouldBe(FixVerdict.NothingKnown);
        none.Title.ShouldContain("this tree has no IOMMU");
    }

    /// <summary>Of pcie-qcom.c of 6.1.192, 6.12.117 and 7.2.13.</summary>
    [TheoryWith("dtc")]
    [InlineData("qcom,pcie-sm8250", 5, "7.2", DiagnosticCodes.IommuMapMisprogrammed)]
    [InlineData("qcom,pcie-sm8250", 4, "6.12", DiagnosticCodes.IommuMapEntryTooLong)]
    [InlineData("qcom,pcie-x1e80100", 4, "6.12", DiagnosticCodes.IommuMapEntryTooLong)]
    [InlineData("qcom,pcie-x1e80100", 4, "7.2", "")]
    [InlineData("qcom,pcie-sc8280xp", 4, "7.2", "")]
    [InlineData("qcom,pcie-sa8540p", 4, "7.2", "")]
    [InlineData("qcom,pcie-sdx55", 4, "7.2", DiagnosticCodes.IommuMapEntryTooLong)]
    [InlineData("qcom,pcie-sdm845", 4, "6.12", "")]
    public void Whether_Linux_programs_a_hosts_table_depends_on_host_and_version(string compatible, int cells, string version, string code)
    {
        KernelVersion.TryParse(version, out var kernel).ShouldBeTrue();
        var tree = Tree(Dtc.Compile($$"""
            /dts-v1/;
            / {
              #address-cells = <1>; #size-cells = <1>;
              smmu: iommu@1000 { compatible = "arm,smmu-v3"; reg = <0x1000 0x100>; #iommu-cells = <{{cells - 3}}>; dma-coherent; };
              pcie@2000 {
                compatible = "{{compatible}}"; device_type = "pci"; reg = <0x2000 0x100>; #address-cells = <3>; #size-cells = <2>;
                iommu-map = <0 &smmu 0 {{(cells == 5 ? "0 1" : "0x100")}}>;
              };
            };
            """));
        BindingLinter.Lint(tree, kernel, null).Select(finding => finding.Code)
            .Where(found => found is DiagnosticCodes.IommuMapMisprogrammed or DiagnosticCodes.IommuMapEntryTooLong)
            .ShouldBe(code.Length == 0 ? [] : [code]);
        QualcommHosts.IsProgrammedRight(tree.Hosts.Single(), kernel).ShouldBe(code == DiagnosticCodes.IommuMapEntryTooLong);
    }

    private static PciAddress At(string text)
    {
        PciAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }
}
