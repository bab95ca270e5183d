using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Linting;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Iommu.Tests;

/// <summary>What the drivers of IOMMUs make of devices. Read in apple-dart.c, tegra-smmu.c and arm-smmu.c of 5.10, 6.1 and 6.12.</summary>
public sealed class DriversInTheField
{
    private static readonly KernelVersion Linux510 = new(5, 10);
    private static readonly KernelVersion Linux61 = new(6, 1);
    private static readonly KernelVersion Linux612 = new(6, 12);

    private static IommuTree Tree(string nodes) =>
        new(DeviceTree.Read(Dtc.Compile("/dts-v1/;\n/ {\n#address-cells = <1>; #size-cells = <1>;\n" + nodes + "\n};\n", "-f")));

    private static GroupPrediction Predict(string nodes, KernelVersion kernel, params PciFunction[] functions) =>
        GroupPredictor.Predict(Tree(nodes), new PciTopology(functions), new PredictionOptions { Kernel = kernel });

    private static string[] Groups(GroupPrediction prediction) =>
        [.. prediction.Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal)];

    private static PciAddress At(string text)
    {
        PciAddress.TryParse(text, out var address).ShouldBeTrue();
        return address;
    }

    private static PciFunction Port(string address, byte bus) => new(At(address), 0x17cb, 0x10c)
    {
        HeaderType = 1, ClassCode = 0x060400, SecondaryBus = bus, PortType = PciPortType.RootPort, HasExtendedSpace = true, Driver = "pcieport",
    };

    private static PciFunction Card(string address) => new(At(address), 0x17cb, 0x1107) { PortType = PciPortType.Endpoint, HasExtendedSpace = true };

    private const string Darts = """
        d0: iommu@1000 { compatible = "apple,t8103-dart"; reg = <0x1000 0x100>; #iommu-cells = <1>; };
        d1: iommu@2000 { compatible = "apple,t8103-dart"; reg = <0x2000 0x100>; #iommu-cells = <1>; };
        d2: iommu@3000 { compatible = "apple,t8110-dart"; reg = <0x3000 0x100>; #iommu-cells = <1>; };

        """;

    private const string Smmu = "s: iommu@1000 { compatible = \"arm,mmu-500\"; reg = <0x1000 0x100>; #iommu-cells = <2>; };\n";

    /// <summary>
    /// The driver notes a group at the registers of the device that it asked a group for; those of one that joined a group have none.
    /// Source: arm-smmu.c, arm_smmu_device_group ("Remember group for faster lookups"). So on Debian's 7.2 under QEMU (seed 1 of the
    /// sweep).
    /// </summary>
    [FactWith("dtc")]
    public void Registers_of_a_device_that_joined_a_group_lead_nobody_into_it() =>
        Groups(Predict(
            Smmu + """
            a@10000 { compatible = "v,a"; reg = <0x10000 1>; iommus = <&s 1 0>; };
            b@11000 { compatible = "v,b"; reg = <0x11000 1>; iommus = <&s 2 0>, <&s 1 0>; };
            c@12000 { compatible = "v,c"; reg = <0x12000 1>; iommus = <&s 2 0>; };
            d@13000 { compatible = "v,d"; reg = <0x13000 1>; iommus = <&s 2 0>; };
            """,
            Linux612)).ShouldBe(["10000.a 11000.b", "12000.c 13000.d"]);

    /// <summary>
    /// Before 6.15 only the one that is refused has no group. Since then nobody has, and nothing behind a host, either: seeds 11, 13 and 15
    /// of the sweep on Debian's 7.2, "arm-smmu 7ff00000.iommu: error -EINVAL: Failed to register iommu".
    /// </summary>
    [FactWith("dtc")]
    public void One_device_that_the_driver_refuses_keeps_the_whole_SMMU_from_coming_up_since_6_15()
    {
        const string nodes = Smmu + """
            a@10000 { compatible = "v,a"; reg = <0x10000 1>; iommus = <&s 1 0>; };
            b@11000 { compatible = "v,b"; reg = <0x11000 1>; iommus = <&s 1 3>; };
            late@12000 { compatible = "v,dsp"; reg = <0x12000 1>; cb { compatible = "v,cb"; iommus = <&s 8 0>; }; };
            pcie@40000000 { device_type = "pci"; reg = <0x40000000 1>; #address-cells = <3>; #size-cells = <2>;
                iommu-map = <0 &s 0x100 0 1>; };

            """;
        var card = new PciFunction(At("0000:00:00.0"), 1, 1) { PortType = PciPortType.Endpoint, HasExtendedSpace = true };
        Groups(Predict(nodes, Linux612, card)).ShouldBe(["10000.a", "12000.late:cb"]);

        var newer = Predict(nodes, new KernelVersion(7, 2), card);
        Groups(newer).ShouldBeEmpty();
        newer.Of("11000.b")!.Reason.ShouldContain("overlaps");
        newer.Of("10000.a")!.Reason.ShouldContain("its driver refuses 11000.b");
        newer.Of("0000:00:00.0")!.Reason.ShouldContain("/iommu@1000 does not come up");

        // a device that a driver adds later is refused alone
        var later = nodes.Replace("<&s 1 3>", "<&s 2 0>", StringComparison.Ordinal)
            .Replace("<&s 8 0>", "<&s 1 3>", StringComparison.Ordinal);
        Groups(Predict(later, new KernelVersion(7, 2), card)).ShouldBe(["0000:00:00.0", "10000.a", "11000.b"]);
    }

    /// <summary>of_map_id (7.2): a range for an IOMMU of two cells is refused, an unknown phandle ends the search.</summary>
    [FactWith("dtc")]
    public void Since_7_0_a_range_of_IDs_cannot_lead_to_an_IOMMU_with_two_cells()
    {
        static string Host(string map) => Smmu
            + "pcie@40000000 { device_type = \"pci\"; reg = <0x40000000 1>; #address-cells = <3>; #size-cells = <2>; "
            + $"iommu-map = {map}; }};\n";
        var card = new PciFunction(At("0000:00:01.0"), 1, 1) { PortType = PciPortType.Endpoint, HasExtendedSpace = true };
        var newest = new KernelVersion(7, 2);

        Predict(Host("<0 &s 0x100 0 0x100>"), newest, card).Of("0000:00:01.0")!.Reason
            .ShouldContain("256-ID range with 2-cell output specifier");
        Predict(Host("<8 &s 0x100 0 1>"), newest, card).Of("0000:00:01.0")!.Group.ShouldBe(0);
        Predict(Host("<0x200 0x77 0x100 1>, <8 &s 0x100 0 1>"), newest, card).Of("0000:00:01.0")!.Reason
            .ShouldContain("the phandle 0x77");
        Predict(Host("<0x200 0x77 0x100 1>, <8 &s 0x100 1>"), Linux612, card).Of("0000:00:01.0")!.Group.ShouldBe(0);
        BindingLinter.Lint(Tree(Host("<0 &s 0x100 0 0x100>")), newest).ShouldContain(finding =>
            finding.Code == DiagnosticCodes.IommuMapUnreadable && finding.Message.Contains("256 IDs", StringComparison.Ordinal));
    }

    [FactWith("dtc")]
    public void DART_groups_by_sets_of_streams_over_all_DARTs_of_a_device()
    {
        // one stream for two devices; the same number at another DART; a device at two DARTs
        Groups(Predict(
            Darts + """
            a@10000 { compatible = "v,a"; reg = <0x10000 1>; iommus = <&d0 1>; };
            b@11000 { compatible = "v,b"; reg = <0x11000 1>; iommus = <&d0 1>; };
            c@12000 { compatible = "v,c"; reg = <0x12000 1>; iommus = <&d1 1>; };
            d@13000 { compatible = "v,d"; reg = <0x13000 1>; iommus = <&d0 2>, <&d1 2>; };
            e@14000 { compatible = "v,e"; reg = <0x14000 1>; iommus = <&d1 2>; };
            """, Linux612)).ShouldBe(["10000.a 11000.b", "12000.c", "13000.d 14000.e"]);

        // of streams one is in a group and the next is not: the driver refuses. The other way round it does not
        var refused = Predict(
            Darts + """
            a@10000 { compatible = "v,a"; reg = <0x10000 1>; iommus = <&d0 1>; };
            b@11000 { compatible = "v,b"; reg = <0x11000 1>; iommus = <&d0 2>, <&d0 1>; };
            c@12000 { compatible = "v,c"; reg = <0x12000 1>; iommus = <&d0 0>, <&d0 1>; };
            """, Linux612);
        Groups(refused).ShouldBe(["10000.a 12000.c"]);
        refused.Of("11000.b")!.Reason.ShouldContain("-22");

        Predict(Darts + "a@10000 { compatible = \"v,a\"; reg = <0x10000 1>; iommus = <&d0 1>, <&d1 1>, <&d2 1>; };", Linux612)
            .Of("10000.a")!.Group.ShouldBeNull();
    }

    [FactWith("dtc")]
    public void Behind_a_DART_PCI_functions_follow_its_streams_and_then_the_PCI_rules()
    {
        const string host = "pcie@4000 { device_type = \"pci\"; reg = <0x4000 1>; #address-cells = <3>; #size-cells = <2>; iommu-map = "
            + "<0x8 &d0 0 1>, <0x100 &d0 1 1>, <0x10 &d1 0 1>, <0x200 &d1 1 1>, <0x300 &d1 1 1>; };";
        var topology = (PciFunction[])[Port("0000:00:01.0", 1), Card("0000:01:00.0"), Port("0000:00:02.0", 2), Card("0000:02:00.0")];
        Groups(Predict(Darts + host, Linux612, topology)).ShouldBe(["0000:00:01.0 0000:01:00.0", "0000:00:02.0 0000:02:00.0"]);
        // a third function with a stream that is taken
        Groups(Predict(Darts + host, Linux612, [.. topology, Port("0000:00:03.0", 3) with { SecondaryBus = 3 }, Card("0000:03:00.0")]))
            .ShouldBe(["0000:00:01.0 0000:01:00.0", "0000:00:02.0 0000:02:00.0 0000:03:00.0"]);
    }

    [TheoryWith("dtc")]
    [InlineData("nvidia,tegra30-mc", "5.10", "1.a 2.b 5.e", "3.c", "4.d", "6.f", "7.g")]
    [InlineData("nvidia,tegra30-mc", "6.12", "1.a 2.b 5.e", "3.c 7.g", "4.d", "6.f")]
    [InlineData("nvidia,tegra114-mc", "6.12", "1.a 2.b 5.e", "3.c 7.g", "4.d", "6.f")]
    [InlineData("nvidia,tegra210-mc", "6.12", "1.a 2.b", "3.c 7.g", "4.d", "5.e", "6.f")]
    [InlineData("nvidia,tegra124-mc", "6.12", "1.a 2.b 6.f", "3.c 7.g", "4.d", "5.e")]
    public void Tegra_groups_by_swgroup_and_by_the_table_of_the_SoC(string compatible, string version, params string[] expected)
    {
        // DC 1, DCB 2, then 3 twice, 8, G2 4, VIC 24
        KernelVersion.TryParse(version, out var kernel).ShouldBeTrue();
        uint[] swgroups = [1, 2, 3, 8, 4, 24, 3];
        var devices = string.Concat(swgroups.Select((swgroup, index) => string.Create(
            CultureInfo.InvariantCulture,
            $"{(char)('a' + index)}@{index + 1} {{ compatible = \"v,x\"; reg = <{index + 1} 1>; iommus = <&mc {swgroup}>; }};\n")));
        Groups(Predict($"mc: memory-controller@1000 {{ compatible = \"{compatible}\"; reg = <0x1000 1>; #iommu-cells = <1>; }};\n" + devices, kernel))
            .ShouldBe(expected);
    }

    [FactWith("dtc")]
    public void On_a_vendor_s_kernel_a_PCI_function_has_the_group_that_its_own_node_names()
    {
        var tree = new IommuTree(DeviceTree.Read(Dtc.Compile(File.ReadAllText(Directory
            .EnumerateFiles(Path.Combine(LabRecord.Folder, "field", "qcom-vendor-host"), "*.dts").Single()))));
        var topology = new PciTopology([Port("0000:00:00.0", 1), Card("0000:01:00.0")]);
        string[] With(bool isVendor) => Groups(GroupPredictor.Predict(
            tree, topology, new PredictionOptions { Kernel = Linux510, QualcommVendorKernel = isVendor }));
        With(false).ShouldBe(["0000:00:00.0 0000:01:00.0"]);
        With(true).ShouldBe(["0000:00:00.0", "0000:01:00.0"]);
    }

    [FactWith("dtc")]
    public void A_group_node_is_shared_by_PCI_and_platform_devices_alike()
    {
        const string nodes = """
            s: iommu@1000 { compatible = "qcom,qsmmu-v500", "arm,mmu-500"; reg = <0x1000 1>; #iommu-cells = <2>; };
            g: group { };
            h@2000 { compatible = "qcom,pci-msm"; reg = <0x2000 1>; #address-cells = <3>; #size-cells = <2>; iommu-map = <0 &s 0x1400 1>, <0x100 &s 0x1401 1>;
              rp { reg = <0 0 0 0 0>; #address-cells = <3>; #size-cells = <2>; wlan { reg = <0x10000 0 0 0 0>; qcom,iommu-group = <&g>; iommus = <&s 9 0>; }; }; };
            a@3000 { compatible = "v,a"; reg = <0x3000 1>; iommus = <&s 3 0>; qcom,iommu-group = <&g>; };
            """;
        var prediction = GroupPredictor.Predict(
            Tree(nodes), new PciTopology([Port("0000:00:00.0", 1), Card("0000:01:00.0")]),
            new PredictionOptions { Kernel = Linux510, QualcommVendorKernel = true });
        Groups(prediction).ShouldBe(["0000:00:00.0", "0000:01:00.0 3000.a"]);
        // the node of the PCI device is no device of the platform
        prediction.Decisions.Length.ShouldBe(3);
    }

    [FactWith("dtc")]
    public void A_node_below_a_PCI_host_is_no_device_of_the_platform()
    {
        const string nodes = """
            v: iommu@1000 { compatible = "arm,smmu-v3"; reg = <0x1000 1>; #iommu-cells = <1>; dma-coherent; };
            pcie@2000 { device_type = "pci"; reg = <0x2000 1>; #address-cells = <3>; #size-cells = <2>; iommu-map = <0 &v 0 0x10000>;
              pcie@0 { device_type = "pci"; reg = <0 0 0 0 0>; #address-cells = <3>; #size-cells = <2>;
                wifi@0 { compatible = "pci17cb,1107"; reg = <0x10000 0 0 0 0>; iommus = <&v 7>; }; }; };
            host@5000 { reg = <0x5000 1>; iommu-map = <0 &v 0x10000 0x100>; dev@1 { reg = <1 1>; iommus = <&v 8>; }; };
            """;
        Tree(nodes).Masters.Select(master => master.Path).ShouldBe(["/host@5000/dev@1"]);
        var named = GroupPredictor.Predict(Tree(nodes), new PciTopology([]), new PredictionOptions
        {
            HostPaths = System.Collections.Immutable.ImmutableDictionary<uint, string>.Empty.Add(1, "/host@5000"),
        });
        named.Decisions.ShouldBeEmpty();
        Tree(nodes).OtherBuses.Select(bus => bus.Path).ShouldBe(["/host@5000"]);
    }

    [TheoryWith("dtc")]
    [InlineData("arm,mmu-500", "dma-coherent;", "", true)]
    [InlineData("arm,mmu-500", "", "", false)]
    [InlineData("arm,mmu-500", "dma-noncoherent;", "dma-coherent;", false)]
    [InlineData("arm,mmu-500", "", "dma-coherent;", true)]
    [InlineData("arm,smmu-v3", "dma-coherent;", "dma-coherent;", false)]
    public void SMMUv2_is_coherent_for_a_device_that_is(string compatible, string device, string bus, bool coherent)
    {
        var nodes = $$"""
            s: iommu@1000 { compatible = "{{compatible}}"; reg = <0x1000 1>; #iommu-cells = <1>; };
            soc { #address-cells = <1>; #size-cells = <1>; ranges; compatible = "simple-bus"; {{bus}}
              a@3000 { compatible = "v,a"; reg = <0x3000 1>; iommus = <&s 3>; {{device}} }; };
            """;
        var options = new PredictionOptions { Kernel = Linux612 };
        var prediction = GroupPredictor.Predict(Tree(nodes), new PciTopology([]), options);
        var viability = GroupViability.Of(prediction, "3000.a", Tree(nodes), options)!;
        (viability.IsCoherent, viability.IsViable).ShouldBe((coherent, coherent));
        FixFinder.Find(Tree(nodes), new PciTopology([]), options, "3000.a").Any(fix => fix.Name == "dma-coherent").ShouldBe(!coherent);
    }

    [TheoryWith("dtc")]
    [InlineData("arm,mmu-500", "pcie@3000 { device_type = \"pci\"; reg = <0x3000 1>; iommu-map = <0 &s 0x80 0x100>; };", DiagnosticSeverity.Note)]
    [InlineData("arm,smmu-v3", "pcie@3000 { device_type = \"pci\"; reg = <0x3000 1>; iommu-map = <0 &s 0x80 0x100>; };", DiagnosticSeverity.Warning)]
    [InlineData("arm,smmu-v3", "pcie@3000 { device_type = \"pci\"; reg = <0x3000 1>; iommu-map = <0 &s 0x100 0x100>; };", null)]
    [InlineData("arm,smmu-v3", "pcie@3000 { device_type = \"pci\"; reg = <0x3000 1>; iommu-map = <0 &s 0x80 0x100>; iommu-map-mask = <0>; };",
        DiagnosticSeverity.Warning)]
    [InlineData("arm,smmu-v3", "pcie@3000 { device_type = \"pci\"; reg = <0x3000 1>; iommu-map = <0x100 &s 0xa0 0x100>; iommu-map-mask = <0xff>; };", null)]
    [InlineData("arm,smmu-v3", "a@4000 { compatible = \"v,a\"; reg = <0x4000 1>; iommus = <&s 0xff>; };", DiagnosticSeverity.Warning)]
    [InlineData("arm,smmu-v3", "a@4000 { compatible = \"v,a\"; reg = <0x4000 1>; iommus = <&s 0x100>; };", null)]
    [InlineData("arm,mmu-500", "a@4000 { compatible = \"v,a\"; reg = <0x4000 1>; iommus = <&s 0x80>; };", DiagnosticSeverity.Note)]
    [InlineData("arm,mmu-500", "a@4000 { compatible = \"v,a\"; reg = <0x4000 1>; iommus = <&s 0x80>; status = \"disabled\"; };", null)]
    public void Stream_IDs_that_a_host_has_in_common_with_another_or_with_a_device_are_told(string compatible, string other, DiagnosticSeverity? severity)
    {
        var tree = Tree(
            $"s: iommu@1000 {{ compatible = \"{compatible}\"; reg = <0x1000 1>; #iommu-cells = <1>; dma-coherent; }};\n"
            + "pcie@2000 { device_type = \"pci\"; reg = <0x2000 1>; iommu-map = <0 &s 0 0x100>; };\n" + other);
        BindingLinter.Lint(tree, Linux612).Where(finding => finding.Code == DiagnosticCodes.StreamIdShared).Select(finding =>
            (DiagnosticSeverity?)finding.Severity).SingleOrDefault().ShouldBe(severity);
    }

    [FactWith("dtc")]
    public void A_map_that_the_bootloader_fills_in_and_a_host_without_one_are_told()
    {
        const string smmu = "s: iommu@1000 { compatible = \"arm,mmu-500\"; reg = <0x1000 1>; #iommu-cells = <1>; dma-coherent; };\n";
        string[] Codes(string nodes) => [.. BindingLinter.Lint(Tree(smmu + nodes), Linux612).Select(finding => finding.Code)];
        Codes(
            "pcie@2000 { compatible = \"fsl,ls1088a-pcie\"; device_type = \"pci\"; reg = <0x2000 1>; iommu-map = <0 &s 0 1>; };\n"
            + "pcie@3000 { compatible = \"fsl,lx2160a-pcie\"; device_type = \"pci\"; reg = <0x3000 1>; iommu-map = <0 &s 0 1>; };")
            .ShouldBe([DiagnosticCodes.IommuMapPlaceholder, DiagnosticCodes.IommuMapPlaceholder]);
        Codes("pcie@2000 { compatible = \"fsl,ls1088a-pcie\"; device_type = \"pci\"; reg = <0x2000 1>; iommu-map = <0 &s 0x10 8>; };").ShouldBeEmpty();
        Codes(
            "pcie@2000 { compatible = \"fsl,ls1088a-pcie\"; device_type = \"pci\"; reg = <0x2000 1>; iommu-map = <0 &s 0 1>; status = \"disabled\"; };")
            .ShouldBe([DiagnosticCodes.IommuMapPlaceholder]);
        Codes("pcie@2000 { compatible = \"v,pcie\"; device_type = \"pci\"; reg = <0x2000 1>; };").ShouldBe([DiagnosticCodes.IommuMapMissing]);
        Codes("pcie@2000 { compatible = \"v,pcie\"; device_type = \"pci\"; reg = <0x2000 1>; status = \"disabled\"; };").ShouldBeEmpty();
        BindingLinter.Lint(Tree("pcie@2000 { compatible = \"v,pcie\"; device_type = \"pci\"; reg = <0x2000 1>; };"), Linux612).ShouldBeEmpty();
    }

    [TheoryWith("dtc")]
    [InlineData("", "", "this tree has no IOMMU")]
    [InlineData("status = \"disabled\";", "iommu-map = <0 &s 0 0x10000>;", "every IOMMU of this tree is disabled (/iommu@1000)")]
    [InlineData("#iommu-cells = <1>;", "", "no map: /pcie@2000 has no iommu-map, and these IDs are missing: 0x8 (00:01.0)")]
    public void Where_nothing_is_known_the_first_line_says_what_is_missing(string smmu, string map, string cause)
    {
        var nodes = (smmu.Length == 0 ? ""
                : $"s: iommu@1000 {{ compatible = \"arm,smmu-v3\"; reg = <0x1000 1>; dma-coherent; {smmu.Replace("#iommu-cells = <1>;", "")} #iommu-cells = <1>; }};\n")
            + $"pcie@2000 {{ device_type = \"pci\"; reg = <0x2000 1>; {map} }};";
        var topology = new PciTopology([Card("0000:00:01.0")]);
        var none = FixFinder.Find(Tree(nodes), topology, new PredictionOptions { Kernel = Linux61 }, "0000:00:01.0").Single(fix => fix.Name == "none");
        (none.Verdict, none.Title).ShouldBe((FixVerdict.NothingKnown, $"nothing known here gives 0000:00:01.0 a group of its own: {cause}"));
    }

    [TheoryWith("dtc")]
    [InlineData("arm,mmu-500", 1, "<&s 5>", "<0x1 0x6>")]
    [InlineData("arm,mmu-500", 2, "<&s 4 3>", "<0x1 0x8 0x3>")]
    [InlineData("arm,smmu-v3", 1, "<&s 5>", "<0x1 0x6>")]
    public void A_device_of_the_platform_that_shares_a_stream_ID_is_given_another_asserted_only(string compatible, int cells, string iommus, string changed)
    {
        var nodes = $$"""
            s: iommu@1000 { compatible = "{{compatible}}"; reg = <0x1000 1>; #iommu-cells = <{{cells}}>; dma-coherent; phandle = <1>; };
            a@3000 { compatible = "v,a"; reg = <0x3000 1>; iommus = {{iommus}}; };
            b@4000 { compatible = "v,b"; reg = <0x4000 1>; iommus = {{iommus}}; };
            """;
        var options = new PredictionOptions { Kernel = Linux61 };
        var fix = FixFinder.Find(Tree(nodes), new PciTopology([]), options, "4000.b").Single(fix => fix.Name == "iommus");
        fix.Verdict.ShouldBe(FixVerdict.AssertedOnly);
        fix.After.Companions("4000.b").ShouldBe(["4000.b"]);
        fix.Artifacts[0].Text.ShouldContain($"iommus = {changed}");
    }
}
