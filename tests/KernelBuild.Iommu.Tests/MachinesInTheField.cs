using System.Text;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Scanning;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Iommu.Tests;

/// <summary>Kinds of machines that people have and the lab's virt has not. What Linux does is recorded in tests/data/iommu/field.</summary>
public sealed class MachinesInTheField
{
    private static readonly KernelVersion Linux612 = new(6, 12);

    private static string Folder(string name) => Path.Combine(LabRecord.Folder, "field", name);

    private static IommuTree Tree(string source) => new(DeviceTree.Read(Dtc.Compile(source)));

    private static Capture Read(string text)
    {
        CaptureReader.TryRead(Encoding.UTF8.GetBytes(text), out var capture, out var error).ShouldBeTrue(error?.Message);
        return capture!;
    }

    [TheoryWith("dtc")]
    [InlineData("lspci.txt")]
    [InlineData("config-space.txt")]
    public void Virtual_functions_have_the_groups_of_Linux_6_12_booted_whatever_form_they_come_in(string form)
    {
        var capture = Read(File.ReadAllText(Path.Combine(Folder("sriov"), form)));
        var recorded = Read(File.ReadAllText(Path.Combine(Folder("sriov"), "lspci.txt")));
        var linux = GroupPartition.Of(recorded.Functions.Select(function => (function.Address.ToString(), function.Group)));
        var tree = Tree(File.ReadAllText(Path.Combine(Folder("sriov"), "board.dts")));

        foreach (var one in (Capture[])[capture, Read(Encoding.UTF8.GetString(CaptureFile.Write(capture)))])
        {
            var topology = one.ToTopology();
            var prediction = GroupPredictor.Predict(tree, topology, new PredictionOptions { Kernel = Linux612 });
            prediction.Partition.Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal)
                .ShouldBe(linux.Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal));
            var virtuals = topology.Functions.Where(function => function.PhysicalFunction is not null).ToArray();
            virtuals.Length.ShouldBe(4);
            virtuals.ShouldAllBe(function => function.Id == "1b36:0010" && !function.IsMultifunction && function.PhysicalFunction.ToString() == "0000:01:00.0");
        }
    }

    [Fact]
    public void A_virtual_function_on_the_next_bus_has_the_bridge_of_its_physical_one_above_it()
    {
        PciAddress.TryParse("0000:01:00.0", out var physical).ShouldBeTrue();
        new SriovCapability(3, 0x80, 0x40, 0x1234).Addresses(physical).Select(address => address.ToString())
            .ShouldBe(["0000:01:10.0", "0000:01:18.0", "0000:02:00.0"]);
        new SriovCapability(0, 1, 1, 0x1234).Addresses(physical).ShouldBeEmpty();
        var topology = new PciTopology(
        [
            new PciFunction(At("0000:00:01.0"), 1, 1) { HeaderType = 1, SecondaryBus = 1, PortType = PciPortType.RootPort },
            new PciFunction(physical, 2, 2) { PortType = PciPortType.Endpoint },
            new PciFunction(At("0000:02:00.0"), 2, 0x1234) { PortType = PciPortType.Endpoint, PhysicalFunction = physical },
        ]);
        topology.BridgeAbove(topology.Find(At("0000:02:00.0"))!)!.Address.ToString().ShouldBe("0000:00:01.0");
        topology.Roots.Count().ShouldBe(1);
    }

    [Fact]
    public void Without_root_the_link_physfn_tells_a_virtual_function_and_the_files_its_IDs()
    {
        static string Space(string head) => string.Join(' ', (head + " 00 00 10 00 02 02 08 01 00 00 00 00").Split(' ').Concat(Enumerable.Repeat("00", 48)));
        var capture = Read($"""
            ### KERNELBUILD IOMMU CAPTURE 1
            K 6.12.0
            D 0000:01:00.0 nvme- 3- 0x1b36- 0x0010- -
             {Space("36 1b 10 00")}
            D 0000:01:00.1 vfio-pci- 4- 0x1b36- 0x0011- 0000:01:00.0-
             {Space("ff ff ff ff")}
            T
            ### END
            """);
        var function = Read(Encoding.UTF8.GetString(CaptureFile.Write(capture))).ToTopology().Functions[1];
        (function.Id, function.Kind, function.Driver, function.RecordedGroup).ShouldBe(("1b36:0011", "virtual function", "vfio-pci", 4));
    }

    [FactWith("dtc")]
    public void A_host_of_a_vendors_kernel_has_no_device_type_and_is_one()
    {
        var source = File.ReadAllText(Directory.EnumerateFiles(Folder("qcom-vendor-host"), "*.dts").Single());
        var tree = Tree(source);
        tree.Hosts.Select(host => host.Path).ShouldBe(["/soc/qcom,pcie@1c00000"]);
        var topology = Read(File.ReadAllText(Path.Combine(Folder("qcom-vendor-host"), "lspci.txt"))).ToTopology();
        var prediction = GroupPredictor.Predict(tree, topology, new PredictionOptions { Kernel = new KernelVersion(5, 10) });
        prediction.Partition.Groups.Single().Devices.ShouldBe(["0000:00:00.0", "0000:01:00.0"]);
    }

    [FactWith("dtc")]
    public void A_node_that_is_named_is_a_host_whatever_it_has_and_fsl_mc_and_ports_are_none()
    {
        var tree = Tree("""
            /dts-v1/;
            / {
              #address-cells = <1>; #size-cells = <1>;
              smmu: iommu@1000 { compatible = "arm,mmu-500"; reg = <0x1000 0x100>; #iommu-cells = <1>; };
              bridge@2000 { reg = <0x2000 0x100>; iommu-map = <0 &smmu 0x40 0x100>; };
              fsl-mc@3000 { reg = <0x3000 0x100>; #address-cells = <3>; #size-cells = <1>; iommu-map = <0 &smmu 0 0>; };
              qcom,pcie@4000 {
                reg = <0x4000 0x100>; #address-cells = <3>; #size-cells = <2>; msi-map = <0 &smmu 0 1>;
                pcie@0 { device_type = "pci"; reg = <0 0 0 0 0>; #address-cells = <3>; #size-cells = <2>; };
              };
            };
            """);
        tree.Hosts.Select(host => host.Path).ShouldBe(["/qcom,pcie@4000"]);
        var named = new Dictionary<uint, string> { [1] = "/bridge@2000" };
        tree.HostOf(1, named)!.Path.ShouldBe("/bridge@2000");
        tree.HostOf(1, named).ShouldBeSameAs(tree.HostOf(1, named));
    }

    private static string[] PlatformGroups(string source, KernelVersion kernel) =>
    [
        .. GroupPredictor.Predict(Tree(source), new PciTopology([]), new PredictionOptions { Kernel = kernel }).Partition.Groups
            .Select(group => string.Join(' ', group.Devices)),
    ];

    [FactWith("dtc")]
    public void MediaTek_s_IOVA_regions_are_groups_over_all_M4Us_of_one_page_table()
    {
        var source = File.ReadAllText(Path.Combine(Folder("mt8195"), "board.dts"));
        string[] regions = ["1a040000.jpg 1b040000.jpg", "14001000.scl 14f08000.scl", "1c000000.ovl 1c104000.mdp 1c105000.rsz"];
        PlatformGroups(source, new KernelVersion(6, 12)).Order().ShouldBe(regions.Order());

        // before 5.12 there is one group, and a larb that no region has is refused
        PlatformGroups(source, new KernelVersion(5, 10)).ShouldHaveSingleItem().Split(' ').Length.ShouldBe(7);
        PlatformGroups(source.Replace("<&vdo 0x0>", "<&vdo 0x3e0>"), new KernelVersion(6, 12)).ShouldNotContain(group => group.Contains("ovl"));
    }

    [FactWith("dtc")]
    public void M4Us_that_do_not_share_a_page_table_have_groups_of_their_own()
    {
        const string source = """
            /dts-v1/;
            / {
              #address-cells = <1>; #size-cells = <1>;
              one: iommu@1000 { compatible = "mediatek,mt8173-m4u"; reg = <0x1000 0x100>; #iommu-cells = <1>; };
              two: iommu@2000 { compatible = "mediatek,mt8195-iommu-infra"; reg = <0x2000 0x100>; #iommu-cells = <1>; };
              old: iommu@3000 { compatible = "mediatek,mt7623-m4u", "mediatek,mt2701-m4u"; reg = <0x3000 0x100>; #iommu-cells = <1>; };
              a@10000 { compatible = "v,a"; reg = <0x10000 0x100>; iommus = <&one 0x0>, <&one 0x1>; };
              b@11000 { compatible = "v,b"; reg = <0x11000 0x100>; iommus = <&one 0x60>; };
              pcie@12000 { compatible = "v,c"; reg = <0x12000 0x100>; iommus = <&two 0x10>; };
              usb@13000 { compatible = "v,d"; reg = <0x13000 0x100>; iommus = <&two 0x16>; };
              usb@14000 { compatible = "v,e"; reg = <0x14000 0x100>; iommus = <&two 0x17>; };
              f@15000 { compatible = "v,f"; reg = <0x15000 0x100>; iommus = <&old 0x0>; };
              g@16000 { compatible = "v,g"; reg = <0x16000 0x100>; iommus = <&old 0x1>; };
            };
            """;
        PlatformGroups(source, new KernelVersion(6, 12)).Order().ShouldBe(
            ["10000.a 11000.b", "12000.pcie", "13000.usb 14000.usb", "15000.f", "16000.g"]);
    }

    [FactWith("dtc")]
    public void Drivers_that_are_not_modelled_give_unknown_groups_and_never_one_for_each_device()
    {
        foreach (var compatible in (string[])["nvidia,tegra999-mc", "mediatek,mt6873-m4u", "vendor,iommu"])
        {
            var tree = Tree($$"""
                /dts-v1/;
                / {
                  #address-cells = <1>; #size-cells = <1>;
                  mmu: iommu@1000 { compatible = "{{compatible}}"; reg = <0x1000 0x100>; #iommu-cells = <1>; };
                  a@10000 { compatible = "v,a"; reg = <0x10000 0x100>; iommus = <&mmu 1>; };
                };
                """);
            var decision = GroupPredictor.Predict(tree, new PciTopology([]), new PredictionOptions { Kernel = new KernelVersion(6, 12) })
                .Decisions.ShouldHaveSingleItem();
            (decision.Group, decision.IsUnknown).ShouldBe((null, true), compatible);
            decision.Reason.ShouldContain("/sys/kernel/iommu_groups");
        }
    }

    [Theory]
    [InlineData("0000:01:00.0 Ethernet controller [0200]: Card [8086:10d3]\n", "KB7011")]
    [InlineData("0000:01:00.0 Ethernet controller [0200]: Card [8086:10d3]\n\tKernel driver in use: e1000e\n", "KB7011")]
    [InlineData("0000:01:00.0 Ethernet controller [0200]: Card [8086:10d3]\n\tCapabilities: <access denied>\n", "KB7011")]
    [InlineData("0000:01:00.0 Ethernet controller [0200]: Card [8086:10d3]\n\tFlags: fast devsel\n\tCapabilities: <access denied>\n", "KB7011")]
    [InlineData("0000:01:00.0 Ethernet controller [0200]: Card [8086:10d3]\n\tFlags: fast devsel, IRQ 15\n", "")]
    [InlineData(
        "0000:00:01.0 PCI bridge [0604]: Port [1b36:000c]\n\tFlags: x\n\tBus: primary=00, secondary=01, subordinate=01\n"
        + "\tCapabilities: [54] Express (v2) Root Port (Slot+), MSI 00\n\tCapabilities: [148 v1] Access Control Services\n",
        "KB7002")]
    [InlineData("0000:00:01.0 PCI bridge [0604]: Port [1b36:000c]\n\tFlags: x\n\tCapabilities: [54] Express (v2) Root Port (Slot+), MSI 00\n"
        + "\tCapabilities: [100 v1] Virtual Channel\n", "KB7011")]
    [InlineData("0000:01:00.0 0200: 8086:10d3\n00: 86 80 d3 10 00 00 10 00 00 00 00 02 00 00 00 00\n30: 00 00 00 00 c8 00 00 00 00 00 00 00 00 00 00 00\n", "KB7011")]
    [InlineData("0000:01:00.0 0200: 8086:10d3\n00: 86 80 d3 10 00 00 00 00 00 00 00 02 00 00 00 00\n30: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n", "")]
    public void What_is_not_in_the_input_is_said(string text, string code)
    {
        var capture = Read(text);
        foreach (var one in (Capture[])[capture, Read(Encoding.UTF8.GetString(CaptureFile.Write(capture)))])
        {
            CaptureReader.Check(one).Select(finding => finding.Code).ShouldBe(code.Length == 0 ? [] : [code]);
        }
    }

    [Fact]
    public void The_scan_reads_dtcs_include_and_hosts_with_a_vendors_prefix()
    {
        const string soc = """
            / {
              smmu: iommu@1000 { compatible = "arm,mmu-500"; #iommu-cells = <1>; };
              pcie0: qcom,pcie@2000 { compatible = "qcom,pci-msm"; iommu-map = <0 &smmu 0 0x10000>; status = "disabled"; };
              vidc: qcom,vidc@3000 { iommu-map = <0 &smmu 0 1>; };
            };
            """;
        const string source = "/dts-v1/;\n/include/ \"soc.dtsi\"\n\n/ {\n\tmodel = \"board\";\n};\n\n&pcie0 { status = \"okay\"; };\n";
        var scan = SourceScan.Combine(
        [
            SourceFileScan.Of("arch/arm64/boot/dts/v/soc.dtsi", Encoding.UTF8.GetBytes(soc))!,
            SourceFileScan.Of("arch/arm64/boot/dts/v/board.dts", Encoding.UTF8.GetBytes(source))!,
        ]);
        var board = scan.Boards.Single();
        board.Hosts.Single().ShouldSatisfyAllConditions(
            host => host.Path.ShouldBe("/qcom,pcie@2000"), host => host.IsEnabled.ShouldBeTrue());
    }

    [TheoryWith("dtc")]
    [InlineData("pci1af4,1057", false, true, false)]
    [InlineData("qcom,msm-iommu-v1", false, true, false)]
    [InlineData("rockchip,iommu", true, false, false)]
    [InlineData("arm,smmu-v3", true, true, false)]
    [InlineData("arm,smmu-v3", false, false, true)]
    public void Coherency_is_what_the_driver_says_and_no_fix_is_offered_that_cannot_help(string compatible, bool inTree, bool coherent, bool offered)
    {
        var tree = Tree($$"""
            /dts-v1/;
            / {
              #address-cells = <1>; #size-cells = <1>;
              smmu: iommu@1000 { compatible = "{{compatible}}"; reg = <0x1000 0x100>; #iommu-cells = <1>; {{(inTree ? "dma-coherent;" : "")}} };
              pcie@2000 { device_type = "pci"; reg = <0x2000 0x100>; #address-cells = <3>; #size-cells = <2>; iommu-map = <0 &smmu 0 0x10000>; };
            };
            """);
        var topology = new PciTopology([new PciFunction(At("0000:00:01.0"), 1, 1) { PortType = PciPortType.RootComplexEndpoint }]);
        var options = new PredictionOptions { Kernel = Linux612 };
        var viability = GroupViability.Of(GroupPredictor.Predict(tree, topology, options), "0000:00:01.0", tree, options)!;
        viability.IsCoherent.ShouldBe(coherent);
        FixFinder.Find(tree, topology, options, null).Any(fix => fix.Name == "dma-coherent").ShouldBe(offered);
    }

    [FactWith("dtc")]
    public void Source_validation_that_is_known_to_be_broken_is_not_asked_for_from_7_0_on()
    {
        PciFunction Port(string address, byte bus, PciPortType type, AcsServices control) => new(At(address), 0x111d, 0x8090)
        {
            HeaderType = 1, ClassCode = 0x060400, SecondaryBus = bus, PortType = type, HasExtendedSpace = true,
            Acs = type == PciPortType.UpstreamPort ? null : new AcsCapability(0x320, AcsServices.Isolation, control),
        };
        var on = AcsServices.Isolation & ~AcsServices.SourceValidation;
        var topology = new PciTopology(
        [
            new PciFunction(At("0000:00:01.0"), 0x1b36, 0xc)
            {
                HeaderType = 1, ClassCode = 0x060400, SecondaryBus = 1, PortType = PciPortType.RootPort, HasExtendedSpace = true,
                Acs = new AcsCapability(0x148, AcsServices.Isolation, AcsServices.Isolation),
            },
            Port("0000:01:00.0", 2, PciPortType.UpstreamPort, on),
            Port("0000:02:01.0", 3, PciPortType.DownstreamPort, on),
            new PciFunction(At("0000:03:00.0"), 0x10ec, 0x8168) { PortType = PciPortType.Endpoint, HasExtendedSpace = true },
        ]);
        int Companions(KernelVersion kernel) => GroupPredictor.Predict(LabRecord.Virt(), topology, new PredictionOptions { Kernel = kernel })
            .Companions("0000:03:00.0").Length;
        Companions(new KernelVersion(7, 2)).ShouldBe(1);
        Companions(Linux612).ShouldBe(2);
    }

    private static PciAddress At(string text)
    {
        PciAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }
}
