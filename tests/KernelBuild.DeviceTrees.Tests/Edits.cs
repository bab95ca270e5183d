using KernelBuild.DeviceTrees.Comparison;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

public sealed class Edits
{
    [TheoryWith("dtc", "fdtput")]
    [InlineData("/soc@0/pcie@4000", "status", "\"okay\"", "-t", "s", "FILE", "/soc@0/pcie@4000", "status", "okay")]
    [InlineData("/soc@0/pcie@4000", "iommu-map-mask", "<0xffffffff>", "-t", "x", "FILE", "/soc@0/pcie@4000", "iommu-map-mask", "ffffffff")]
    [InlineData("/soc@0", "brand-new", "<1 2 3>", "-t", "x", "FILE", "/soc@0", "brand-new", "1", "2", "3")]
    [InlineData("/soc@0", "bytes", "[01 fe]", "-t", "bx", "FILE", "/soc@0", "bytes", "01", "fe")]
    [InlineData("/", "compatible", "\"one\", \"two\"", "-t", "s", "FILE", "/", "compatible", "one", "two")]
    public void Setting_a_property_gives_fdtputs_tree(string path, string property, string value, params string[] fdtput)
    {
        var tree = DeviceTree.Read(BoardSources.BoardTree);
        PropertyTextParser.TryParse(new DeviceTreeIndex(tree), value, out var bytes, out _).ShouldBeTrue();

        var ours = tree.WithProperty(path, new DeviceTreeProperty(property, bytes)).ToArray();

        // fdtput puts a new property first; order means nothing in a tree
        DeviceTreeComparison.Compare(DeviceTree.Read(ours), DeviceTree.Read(Dtc.Put(BoardSources.BoardTree, fdtput))).ShouldBeEmpty();
        Dtc.Decompile(ours).ShouldNotBe(Dtc.Decompile(BoardSources.BoardTree));
    }

    [FactWith("dtc", "fdtput")]
    public void Deleting_gives_fdtputs_tree()
    {
        var tree = DeviceTree.Read(BoardSources.BoardTree);
        tree.TryDeleteProperty("/soc@0/pcie@4000", "iommu-map-mask", out var withoutMask, out _).ShouldBeTrue();
        withoutMask.ShouldBe(DeviceTree.Read(Dtc.Put(BoardSources.BoardTree, "-d", "FILE", "/soc@0/pcie@4000", "iommu-map-mask")));

        tree.TryDeleteNode("/soc@0/pcie@4000/port@0", out var withoutNode, out var warnings, out _).ShouldBeTrue();
        withoutNode.ShouldBe(DeviceTree.Read(Dtc.Put(BoardSources.BoardTree, "-r", "FILE", "/soc@0/pcie@4000/port@0")));
        warnings.ShouldBeEmpty();
    }

    [FactWith("dtc")]
    public void What_still_refers_to_a_deleted_node_is_named_and_its_labels_go_with_it()
    {
        DeviceTree.Read(BoardSources.BoardTree).TryDeleteNode("/soc@0/iommu", out var edited, out var warnings, out _).ShouldBeTrue();

        warnings.ShouldAllBe(warning => warning.Code == DiagnosticCodes.PhandleUnresolved && warning.Message.Contains("iommu@15000000"));
        warnings.ShouldContain(warning => warning.Message.Contains("serial@3000:iommus"));
        warnings.ShouldContain(warning => warning.Message.Contains("pcie@4000:iommu-map"));
        DeviceTreeSymbols.All(edited).ShouldNotContain(symbol => symbol.Key == "smmu");
        DeviceTreeSymbols.All(edited).ShouldContain(symbol => symbol.Key == "pcie");
    }

    [FactWith("dtc")]
    public void Everything_else_stays_where_it_was_in_the_file()
    {
        var bytes = Dtc.Compile(BoardSources.Board, "-p", "64");
        var edited = DeviceTree.Read(bytes)
            .WithProperty("/soc@0/pcie@4000", DeviceTreeProperty.FromCells("iommu-map-mask", 0xffff))
            .ToArray();

        edited.Length.ShouldBe(bytes.Length);
        edited.Zip(bytes).Count(pair => pair.First != pair.Second).ShouldBe(2 - 1, "0xff00 became 0xffff");
    }

    [FactWith("dtc")]
    public void A_node_is_added_below_one_that_exists()
    {
        var tree = DeviceTree.Read(BoardSources.BoardTree);
        tree.TryAddNode("/soc/new@1", out var edited, out _).ShouldBeTrue();
        Dtc.Decompile(edited.ToArray()).ShouldContain("new@1 {");
        edited.TryAddNode("/soc/new@1", out var again, out _).ShouldBeTrue();
        again.ShouldBe(edited);

        tree.TryAddNode("/sock/new@1", out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.DeviceTreeNodeMissing);
        error.Fix.ShouldContain("/soc@0");
    }

    [FactWith("dtc")]
    public void What_is_not_there_is_named_with_what_is_like_it()
    {
        var tree = DeviceTree.Read(BoardSources.BoardTree);

        tree.TryDeleteProperty("/soc/pcie", "iommu-mask", out _, out var property).ShouldBeFalse();
        property.Code.ShouldBe(DiagnosticCodes.PropertyMissing);
        property.Fix.ShouldContain("iommu-map");
        tree.TryDeleteNode("/soc/pcie@4001", out _, out _, out var node).ShouldBeFalse();
        node.Fix.ShouldContain("/soc@0/pcie@4000");
        tree.TryDeleteNode("/", out _, out _, out var root).ShouldBeFalse();
        root.Code.ShouldBe(DiagnosticCodes.DeviceTreeNodeMissing);
    }

    [TheoryWith("dtc")]
    [InlineData("<1", "not closed")]
    [InlineData("<1 x>", "'x'")]
    [InlineData("<0x100000000>", "32-bit")]
    [InlineData("\"text", "not closed")]
    [InlineData("[0]", "pairs")]
    [InlineData("[00", "not closed")]
    [InlineData("<1>,", "follows")]
    [InlineData("<1> <2>", "comma")]
    [InlineData("okay", "expected")]
    public void A_value_that_is_none_is_refused_with_the_place(string text, string why)
    {
        PropertyTextParser
            .TryParse(new DeviceTreeIndex(DeviceTree.Read(BoardSources.BoardTree)), text, out _, out var error)
            .ShouldBeFalse();

        error.Code.ShouldBe(DiagnosticCodes.PropertyTextInvalid);
        error.Message.ShouldContain(why);
    }

    [FactWith("dtc")]
    public void Values_refer_to_labels_and_paths()
    {
        var index = new DeviceTreeIndex(DeviceTree.Read(BoardSources.BoardTree));
        PropertyTextParser.TryParse(index, "<0x0 &smmu 1>, <&{/soc/iommu}>", out var value, out _).ShouldBeTrue();
        var property = new DeviceTreeProperty("x", value);
        property.Cell(1).ShouldBe(property.Cell(3));
        index.TryFindPhandle(property.Cell(1), out var node).ShouldBeTrue();
        node.Path.ShouldBe("/soc@0/iommu@15000000");

        PropertyTextParser.TryParse(index, "<&smm>", out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.SymbolMissing);
        PropertyTextParser.TryParse(index, "<&{/aliases}>", out _, out error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.PhandleUnresolved);
    }
}
