using KernelBuild.DeviceTrees.Addressing;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

public sealed class TypedProperties
{
    private static readonly Lazy<DeviceTreeIndex> Lazy = new(() => new DeviceTreeIndex(DeviceTree.Read(BoardSources.BoardTree)));

    [FactWith("dtc")]
    public void Reg_is_read_by_the_cells_of_the_parent()
    {
        BusAddresses.TryReadRegisters(Node("serial0"), out var uart, out _).ShouldBeTrue();
        uart.ShouldBe([new(0x3000, 0x10), new(0x4000, 0x20)]);
        BusAddresses.TryReadRegisters(Node("&gic"), out var gic, out _).ShouldBeTrue();
        gic.ShouldBe([new(0x1000, 0x100)]);
    }

    [FactWith("dtc")]
    public void Ranges_are_read_by_the_cells_of_node_and_parent()
    {
        BusAddresses.TryReadTranslations(Node("&pcie"), "ranges", out var pcie, out _).ShouldBeTrue();
        pcie.ShouldBe([new(((UInt128)0x02000000 << 64) | 0x60000000, 0x20000000, 0x1000000)]);
        BusAddresses.TryReadTranslations(Node("&soc"), "dma-ranges", out var soc, out _).ShouldBeTrue();
        soc.ShouldBe([new(0, 0x1_00000000, 0x80000000)]);
    }

    [FactWith("dtc")]
    public void Interrupts_go_to_the_parent_that_is_inherited()
    {
        Interrupts.TryRead(Lazy.Value, Node("serial0"), out var interrupts, out _).ShouldBeTrue();
        interrupts.Length.ShouldBe(2);
        interrupts[1].Target!.Path.ShouldBe("/interrupt-controller@1000");
        interrupts[1].Cells.ShouldBe([0u, 2u, 4u]);
    }

    [FactWith("dtc")]
    public void Iommus_and_maps_name_their_IOMMU()
    {
        PhandleLists.TryRead(Lazy.Value, Node("serial0"), "iommus", "#iommu-cells", out var iommus, out _).ShouldBeTrue();
        iommus
            .Select(iommu => (iommu.Target!.Path, iommu.Cells[0]))
            .ShouldBe([("/soc@0/iommu@15000000", 0x11u), ("/soc@0/iommu@15000000", 0x12u)]);
        IdMap.TryRead(Lazy.Value, Node("&pcie"), "iommu-map", IdMapWidth.Four, out var map, out _).ShouldBeTrue();
        map!.Mask.ShouldBe(0xff00u);
        map.Entries.Select(entry => (entry.InputBase, entry.Target!.Path, entry.Output[0], entry.Length))
            .ShouldBe([(0u, "/soc@0/iommu@15000000", 0x1c00u, 1u), (0x100u, "/soc@0/iommu@15000000", 0x1c01u, 1u)]);
        IdMap.TryRead(Lazy.Value, Node("&pcie"), "msi-map", IdMapWidth.ByTarget, out var msi, out _).ShouldBeTrue();
        msi!.Entries.Single().Length.ShouldBe(0x10000u);
        IdMap.TryRead(Lazy.Value, Node("&soc"), "iommu-map", IdMapWidth.Four, out var none, out _).ShouldBeTrue();
        none.ShouldBeNull();
    }

    [TheoryWith("dtc")]
    [InlineData("pcie { iommu-map = <0 1 0>; };", DiagnosticCodes.PropertyValueInvalid, "not a whole number")]
    [InlineData("dev { iommus = <99 1>; };", DiagnosticCodes.PhandleUnresolved, "/dev:iommus")]
    [InlineData("dev { iommus = <1>; };", DiagnosticCodes.PropertyValueInvalid, "asks for 1 cells")]
    [InlineData("dev { iommus = [00 01]; };", DiagnosticCodes.PropertyValueInvalid, "not a multiple of 4")]
    [InlineData("dev { iommus = <2 1>; };", DiagnosticCodes.PropertyMissing, "/plain, which has no #iommu-cells")]
    [InlineData("dev { reg = <1>; };", DiagnosticCodes.PropertyValueInvalid, "2 + 1")]
    [InlineData("dev { #address-cells = <0xffffffff>; child { reg = <1>; }; };", DiagnosticCodes.PropertyValueInvalid, "4294967295")]
    [InlineData("dev { interrupts = <1>; };", DiagnosticCodes.PropertyMissing, "interrupt-parent")]
    [InlineData("dev { interrupt-parent = <2>; interrupts = <1>; };", DiagnosticCodes.PropertyMissing, "#interrupt-cells")]
    [InlineData("dev { interrupt-parent = <3>; interrupts = <1>; };", DiagnosticCodes.PropertyValueInvalid, "not a multiple of the 8")]
    [InlineData(
        "dev { interrupt-parent = <4>; interrupts = <1>; };", DiagnosticCodes.PropertyValueInvalid, "not a multiple of the 17179869180")]
    public void What_does_not_fit_is_named_with_node_and_property(string source, string code, string message)
    {
        var tree = DeviceTree.Read(Dtc.Compile(
            "/dts-v1/; / { mmu { phandle = <1>; #iommu-cells = <1>; }; plain { phandle = <2>; }; pic { phandle = <3>; #interrupt-cells = "
            + "<2>; }; bad { phandle = <4>; #interrupt-cells = <0xffffffff>; }; " + source + " };", "-f"));
        var index = new DeviceTreeIndex(tree);
        var errors = new List<Diagnostic?>();
        foreach (var node in index.Nodes)
        {
            IdMap.TryRead(index, node, "iommu-map", IdMapWidth.Four, out _, out var map);
            PhandleLists.TryRead(index, node, "iommus", "#iommu-cells", out _, out var iommus);
            BusAddresses.TryReadRegisters(node, out _, out var reg);
            Interrupts.TryRead(index, node, out _, out var interrupts);
            errors.AddRange([map, iommus, reg, interrupts]);
        }

        var error = errors.OfType<Diagnostic>().Single();
        error.Code.ShouldBe(code);
        error.Message.ShouldContain(message);
    }

    [FactWithDebianTrees]
    public void The_maps_of_real_boards_are_what_their_sources_say()
    {
        // values from the boards' sources, quoted in facts about them: not from this reader
        Map("6.1/qcom/msm8998-fxtec-pro1.dtb").Entries
            .Select(entry => (entry.InputBase, entry.Output[0], entry.Length))
            .ShouldBe([(0x100u, 0x1480u, 1u)]);
        var fajita = Map("6.1/qcom/sdm845-oneplus-fajita.dtb");
        fajita.Entries.Length.ShouldBe(16);
        fajita.Entries[^1].InputBase.ShouldBe(0xf00u);
        var cn9130 = Map("6.1/marvell/cn9130-crb-A.dtb");
        cn9130.Mask.ShouldBe(0x31fu);
        cn9130.Entries
            .Select(entry => (entry.InputBase, entry.Output[0], entry.Length))
            .ShouldBe([(0u, 0x480u, 0x20u), (0x100u, 0x4a0u, 0x20u), (0x200u, 0x4c0u, 0x20u)]);
    }

    private static LocatedNode Node(string place) =>
        Lazy.Value.TryFind(place, out var node, out var error) ? node : throw new DiagnosticException(error);

    /// <summary>The first map of a tree.</summary>
    private static IdMap Map(string file)
    {
        var index = new DeviceTreeIndex(DeviceTree.Read(DebianTrees.Read(file)));
        var node = index.Nodes.First(node => node.Node.HasProperty("iommu-map"));
        IdMap.TryRead(index, node, "iommu-map", IdMapWidth.Four, out var map, out _).ShouldBeTrue();
        return map!;
    }
}
