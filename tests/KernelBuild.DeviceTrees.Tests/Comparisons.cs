using KernelBuild.DeviceTrees.Comparison;
using KernelBuild.DeviceTrees.Overlays;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

public sealed class Comparisons
{
    [FactWith("dtc")]
    public void Trees_that_differ_in_order_and_phandles_mean_the_same()
    {
        const string one = "/dts-v1/; / { a: a { x; y = <1>; }; b: b { ref-supply = <&a>; }; c { clocks = <&b 5>; }; b2 { }; };";
        const string other =
            "/dts-v1/; / { b: b { phandle = <0x77>; #clock-cells = <1>; ref-supply = <&a>; }; c { clocks = <&b 5>; }; b2 { }; a: a { y = "
            + "<1>; phandle = <0x99>; x; }; };";

        DeviceTreeComparison
            .Compare(
                DeviceTree.Read(Dtc.Compile(one.Replace("ref-supply", "#clock-cells = <1>; ref-supply", StringComparison.Ordinal))),
                DeviceTree.Read(Dtc.Compile(other)))
            .ShouldBeEmpty();
    }

    [FactWith("dtc")]
    public void Every_kind_of_difference_is_found_and_nothing_else()
    {
        var before = DeviceTree.Read(Dtc.Compile(
            "/dts-v1/; /memreserve/ 1 2; / { gone { }; stays { old = <1>; changes = \"a\"; same; }; };"));
        var after = DeviceTree.Read(Dtc.Compile(
            "/dts-v1/; /memreserve/ 1 3; / { stays { changes = \"b\"; same; young; }; come { inside { }; }; };"));

        DeviceTreeComparison.Compare(before, after).ShouldBe(
        [
            new(DeviceTreeChangeKind.ReservationChanged, "/", null, "/memreserve/ 0x1 0x2"),
            new(DeviceTreeChangeKind.ReservationChanged, "/", null, null, "/memreserve/ 0x1 0x3"),
            new(DeviceTreeChangeKind.PropertyRemoved, "/stays", "old", "<0x1>"),
            new(DeviceTreeChangeKind.PropertyChanged, "/stays", "changes", "\"a\"", "\"b\""),
            new(DeviceTreeChangeKind.PropertyAdded, "/stays", "young", null, "<>"),
            new(DeviceTreeChangeKind.NodeRemoved, "/gone", null, "gone {\n};"),
            new(DeviceTreeChangeKind.NodeAdded, "/come", null, null, "come {\n\tinside {\n\t};\n};"),
        ], ignoreOrder: true);
    }

    [FactWith("dtc")]
    public void Numbers_of_phandles_do_not_count_in_properties_that_only_a_vendor_knows()
    {
        static DeviceTree Tree(string first, string grf) => DeviceTree.Read(Dtc.Compile(
            "/dts-v1/; / { #address-cells = <1>; #size-cells = <0>; " + first + " clk: clock { }; grf: syscon@1 { reg = <1>; }; "
            + "panel { x,clocks = <&clk>; x,grf = " + grf + "; x,pins = <0 1 &clk>; x,text = \"a\"; }; };"));
        const string added = "first: first { second = <&first>; };";

        var change = DeviceTreeComparison.Compare(Tree("", "<&grf 4>"), Tree(added, "<&grf 4>")).Single();
        (change.Kind, change.Path).ShouldBe((DeviceTreeChangeKind.NodeAdded, "/first"));
        change.After!.ShouldContain("second = <");

        // a cell that is a number in one of them, or another node's phandle, is a difference
        DeviceTreeComparison.Compare(Tree("", "<&grf 4>"), Tree(added, "<&grf 5>")).Length.ShouldBe(2);
        DeviceTreeComparison.Compare(Tree("", "<&grf 4>"), Tree("", "<&clk 4>")).Length.ShouldBe(1);
        DeviceTreeComparison.Compare(Tree("", "<&grf 4>"), Tree(added, "<&grf>")).Length.ShouldBe(2);
    }

    [FactWith("dtc")]
    public void A_reference_that_goes_to_another_node_is_a_difference_although_its_number_stays()
    {
        var one = DeviceTree.Read(Dtc.Compile("/dts-v1/; / { a { phandle = <1>; }; b { phandle = <2>; }; c { x-supply = <1>; }; };"));
        var other = DeviceTree.Read(Dtc.Compile("/dts-v1/; / { a { phandle = <2>; }; b { phandle = <1>; }; c { x-supply = <1>; }; };"));

        var change = DeviceTreeComparison.Compare(one, other).Single();

        (change.Before, change.After).ShouldBe(("<&{/a}>", "<&{/b}>"));
    }

    [FactWith("dtc")]
    public void What_an_overlay_changes_is_what_the_comparison_shows()
    {
        var tree = DeviceTree.Read(BoardSources.BoardTree);
        var changed = DeviceTreeOverlay.Apply(
            tree, DeviceTree.Read(Dtc.CompileOverlay("/dts-v1/; /plugin/; &pcie { status = \"okay\"; iommu-map-mask = <0xffff>; };")));

        DeviceTreeComparison.Compare(tree, changed).ShouldBe(
        [
            new(DeviceTreeChangeKind.PropertyChanged, "/soc@0/pcie@4000", "iommu-map-mask", "<0xff00>", "<0xffff>"),
            new(DeviceTreeChangeKind.PropertyChanged, "/soc@0/pcie@4000", "status", "\"disabled\"", "\"okay\""),
        ]);
        DeviceTreeComparison.Compare(tree, tree).ShouldBeEmpty();
    }
}
