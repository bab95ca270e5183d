using KernelBuild.DeviceTrees.Overlays;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.DeviceTrees;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Iommu.Tests;

/// <summary>The numbers are those that Linux gave when each fix was really applied in QEMU.</summary>
public sealed class Fixes
{
    private static readonly KernelVersion Linux61 = new(6, 1);
    private static readonly KernelVersion Linux612 = new(6, 12);

    [FactWith("dtc")]
    public void Without_a_new_kernel_11_groups_become_20()
    {
        var before = LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology();

        // config_acs was booted, and its groups written down
        var configAcs = Find(before, Linux612, null).Single(fix => fix.Name == "config_acs");
        configAcs.After.Partition.ShouldBe(LabRecord.Read("lab-6.12-configacs.txt").Partition);
        configAcs.Artifacts.Single().ShouldBe(new FixArtifact("command line", "pci=config_acs=xx111x1@pci:1b36:000c"));
        configAcs.Verdict.ShouldBe(FixVerdict.EnforcedByHardware);

        // so was the rescan, with the same groups
        Find(before, Linux61, null).Single(fix => fix.Name == "rescan").After.Groups.Length.ShouldBe(20);
        Find(before, Linux61, null).ShouldNotContain(fix => fix.Name == "config_acs");
    }

    [FactWith("dtc")]
    public void A_rescan_removes_every_bridge_of_the_root_bus()
    {
        // a port that stays, such as 00:02.0 without ACS, is given the bus number of one that went
        var shell = Find(LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology(), Linux61, "0000:01:00.0")
            .Single(fix => fix.Name == "rescan").Artifacts
            .Single().Text;

        shell.Split('\n').Count(line => line.EndsWith("/remove", StringComparison.Ordinal)).ShouldBe(9);
        shell.ShouldContain("/0000:00:02.0/remove");
        shell.ShouldEndWith("echo 1 > /sys/bus/pci/rescan\n");
    }

    [FactWith("dtc")]
    public void Setpci_before_the_endpoints_are_bound_gives_15() =>
        Find(LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology(), Linux61, null).Single(fix => fix.Name == "setpci")
            .After.Groups.Length.ShouldBe(15);

    /// <summary>A text with names only: the fuzzer found it, as an exception.</summary>
    [FactWith("dtc")]
    public void Of_ports_whose_ids_are_not_known_no_entry_of_a_quirk_is_proposed()
    {
        var silent = LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology()
            .Change(function => function.Acs is null ? function : function with { Acs = null });
        Find(silent, Linux612, "0000:01:00.0").ShouldContain(fix => fix.Name == "acs-quirk");

        var nameless = silent.Change(function => function with { VendorId = PciFunction.UnknownId, DeviceId = PciFunction.UnknownId });
        Find(nameless, Linux612, "0000:01:00.0").ShouldNotContain(fix => fix.Name == "acs-quirk");
    }

    [FactWith("dtc")]
    public void The_series_is_the_one_for_the_kernels_version()
    {
        string Series(KernelVersion kernel) => Find(LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology(), kernel, null)
            .Single(fix => fix.Name == "acs-on-device-tree").Artifacts.Single().Text;
        Series(new KernelVersion(5, 10)).ShouldBe("patches/acs-on-device-tree");
        Series(new KernelVersion(4, 19)).ShouldBe("patches/acs-on-device-tree-4.14");
    }

    [FactWith("dtc")]
    public void A_quirk_for_all_ports_gives_24()
    {
        // one entry of pci_dev_acs_enabled[] was overwritten with 1b36:000c in a stock kernel
        var prediction = GroupPredictor.Predict(
            LabRecord.Virt(), LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology(),
            new PredictionOptions { AddedQuirks = ["1b36:000c"] });

        prediction.Groups.Length.ShouldBe(24);
    }

    [FactWith("dtc")]
    public void A_port_is_cured_from_the_least_invasive_on_and_what_is_only_asserted_comes_last()
    {
        var fixes = Find(LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology(), Linux612, "0000:01:00.0");

        fixes
            .Select(fix => fix.Name)
            .ShouldBe(["rescan", "setpci", "config_acs", "acs-on-device-tree", "bridges-unmapped", "acs-override"]);
        fixes.ShouldAllBe(fix => fix.After.Companions("0000:01:00.0").Length == 1);
        fixes.Where(fix => fix.Verdict == FixVerdict.AssertedOnly).Select(fix => fix.Name).ShouldBe(["bridges-unmapped", "acs-override"]);
    }

    [FactWith("dtc")]
    public void A_port_without_ACS_can_only_be_asserted_to_isolate()
    {
        var fixes = FixFinder.Find(
            LabRecord.Virt(), VirtMachine.Topology(acsOn: true), new PredictionOptions { Kernel = Linux61 }, "0000:05:00.0");

        fixes.Select(fix => fix.Name).ShouldBe(["bridges-unmapped", "acs-quirk", "acs-override"]);
        fixes.ShouldAllBe(fix => fix.Verdict == FixVerdict.AssertedOnly);
    }

    [FactWith("dtc")]
    public void Behind_a_bridge_to_conventional_PCI_nothing_helps_and_it_says_why()
    {
        var fixes = Find(LabRecord.Read("lab-6.1-full.txt").Hexadecimal.ToTopology(), Linux612, "0000:0c:01.0");

        var none = fixes.Single(fix => fix.Verdict == FixVerdict.Impossible);
        none.Title.ShouldContain("PCIe-to-PCI bridge 0000:0b:00.0 sends as 0c:00.0");
        fixes.ShouldAllBe(fix => fix.After.Companions("0000:0c:01.0").Length != 1);
    }

    [FactWith("dtc")]
    public void The_overlay_that_a_cure_writes_is_the_tree_that_was_predicted()
    {
        // the over-grouping vendor tree of the lab: one group of all, because the mask hides device and function
        var tree = SmmuV2("iommu-map = <0 &s 0 0x8000>; iommu-map-mask = <0xff00>;");
        var topology = VirtMachine.Topology(acsOn: false);
        var before = GroupPredictor.Predict(tree, topology, new PredictionOptions { Kernel = Linux61 });
        before.Of("0000:01:00.0")!.Group.ShouldNotBeNull();

        var fix = FixFinder
            .Find(tree, topology, new PredictionOptions { Kernel = Linux61 }, "0000:00:01.0")
            .First(fix => fix.Name == "iommu-map-mask");

        fix.After.Companions("0000:00:01.0").Length.ShouldBeLessThan(before.Companions("0000:00:01.0").Length);
        var overlay = Dtc.CompileOverlay(fix.Artifacts.Single(artifact => artifact.Kind == "overlay").Text);
        var applied = DeviceTreeOverlay.Apply(tree.Index.Tree, DeviceTree.Read(overlay));
        GroupPredictor
            .Predict(new IommuTree(applied), topology, new PredictionOptions { Kernel = Linux61 }).Partition
            .ShouldBe(fix.After.Partition);
        KernelBuild.DeviceTrees.Comparison.DeviceTreeComparison.Compare(applied, fix.Tree!).ShouldBeEmpty();
    }

    [FactWith("dtc")]
    public void A_function_that_the_map_leaves_out_gets_an_entry()
    {
        var tree = SmmuV2("iommu-map = <0x0 &s 0x1c00 1>, <0x100 &s 0x1c01 1>;");
        var topology = new PciTopology(
        [
            .. VirtMachine.Topology(acsOn: true).Functions
                .Where(function => function.Address.Rid.Bus == 1 || function.Address.Rid.Value == 8)
                .Select(function =>
                    function.Address.Rid.Bus == 1 ? function : function with { Address = new PciAddress(0, new RequesterId(0)) }),
            new PciFunction(new PciAddress(0, new RequesterId(1, 0, 1)), 0x8086, 0x1521)
            {
                PortType = PciPortType.Endpoint,
                HasExtendedSpace = true,
                IsMultifunction = true,
            },
        ]);
        GroupPredictor.Predict(tree, topology).Of("0000:01:00.1")!.Rule.ShouldBe(GroupingRule.IdMapping);

        var fix = FixFinder.Find(tree, topology, new PredictionOptions(), "0000:01:00.1").First(fix => fix.Name == "iommu-map");

        fix.After.Companions("0000:01:00.1").ShouldBe(["0000:01:00.1"]);
        fix.After.Of("0000:01:00.1")!.Streams.Single().ShouldBe(new StreamId(0x1c02));
        fix.Artifacts.Single(artifact => artifact.Kind == "source").Text.ShouldContain("<0x101 &s 0x1c02 0x1>");
    }

    [FactWith("dtc")]
    public void What_shares_a_stream_ID_on_SMMUv2_shares_a_group_and_the_lab_saw_both()
    {
        // Qualcomm style, two buses on one stream ID: both endpoints in one group; what the map leaves out has none
        var prediction = GroupPredictor.Predict(
            SmmuV2("iommu-map = <0 &s 0x1c00 1>, <0x100 &s 0x1c01 1>, <0x200 &s 0x1c01 1>;"), VirtMachine.Topology(acsOn: true),
            new PredictionOptions { Kernel = Linux61 });

        prediction.Companions("0000:01:00.0").ShouldBe(["0000:01:00.0", "0000:02:00.0"]);
        prediction.Of("0000:02:00.0")!.Rule.ShouldBe(GroupingRule.IommuDriver);
        prediction.Of("0000:03:00.0")!.Rule.ShouldBe(GroupingRule.IdMapping);
    }

    private static System.Collections.Immutable.ImmutableArray<GroupFix> Find(PciTopology topology, KernelVersion kernel, string? device) =>
        FixFinder.Find(LabRecord.Virt(), topology, new PredictionOptions { Kernel = kernel }, device);

    private static IommuTree SmmuV2(string map) => new(DeviceTree.Read(Dtc.Compile(
        "/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; s: iommu@7ff00000 { compatible = \"arm,mmu-500\"; reg = <0 0x7ff00000 0 "
        + "0x10000>; #iommu-cells = <1>; dma-coherent; };"
        + "p: pcie@10000000 { device_type = \"pci\"; #address-cells = <3>; #size-cells = <2>; reg = <0 0x10000000 0 0x1000>; " + map
        + " }; };", "-@")));
}
