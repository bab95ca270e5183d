using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

public sealed class RoundTrips
{
    [TheoryWith("dtc")]
    [InlineData("-V", "17")]
    [InlineData("-V", "16")]
    [InlineData("-p", "1000")]
    [InlineData("-S", "8192")]
    [InlineData("-R", "7")]
    [InlineData("-b", "3")]
    [InlineData("-@", "-q")]
    [InlineData("-H", "both")]
    public void An_untouched_tree_is_written_byte_for_byte(string option, string value)
    {
        var bytes = Dtc.Compile(BoardSources.Board, option, value);

        DeviceTree.Read(bytes).ToArray().ShouldBe(bytes);
        Rebuilt(DeviceTree.Read(bytes)).ShouldBe(bytes);
    }

    [FactWith("dtc")]
    public void A_tree_without_a_layout_of_its_own_is_laid_out_as_dtc_does()
    {
        var bytes = Dtc.Compile(BoardSources.Board);

        (DeviceTree.Read(bytes) with { Layout = null }).ToArray().ShouldBe(bytes);
    }

    [FactWith("dtc")]
    public void Blocks_in_another_order_holes_and_bytes_behind_the_tree_stay()
    {
        // strings before the structure, gaps of garbage, a NOP in the structure, a tail
        var bytes = Flattened.Strange();

        var tree = DeviceTree.Read(bytes);

        tree.ToArray().ShouldBe(bytes);
        tree.Root.Children.Single().Name.ShouldBe("a");
        var edited = tree.WithProperty("/a", DeviceTreeProperty.FromCells("x", 1));
        DeviceTree.Read(edited.ToArray()).Root.Children.Single().Number("x").ShouldBe(1u);
        edited.ToArray()[^4..].ShouldBe("tail"u8.ToArray());
        Dtc.Decompile(edited.ToArray()).ShouldContain("x = <0x01>");
    }

    [FactWith("dtc")]
    public void A_packed_tree_has_no_padding_and_no_tail()
    {
        byte[] padded = [.. Dtc.Compile(BoardSources.Board, "-p", "1000"), .. "tail"u8];

        DeviceTree.Read(padded).Packed().ToArray().ShouldBe(Dtc.Compile(BoardSources.Board));
    }

    [FactWith("dtc")]
    public void What_dtc_reads_back_from_our_source_is_an_equal_tree()
    {
        var tree = DeviceTree.Read(BoardSources.BoardTree);

        DeviceTree.Read(Dtc.Compile(Dts(tree))).ShouldBe(tree);
        Dts(tree).ShouldContain("<0x100 &smmu 0x1c01 0x1>");
    }

    [FactWithDebianTrees]
    public void All_trees_of_Debian_are_written_byte_for_byte()
    {
        var alike = 0;
        Parallel.ForEach(DebianTrees.All, file =>
        {
            var bytes = File.ReadAllBytes(file);
            var tree = DeviceTree.Read(bytes);
            tree.ToArray().AsSpan().SequenceEqual(bytes).ShouldBeTrue(file);
            var rebuilt = Rebuilt(tree);
            DeviceTree.Read(rebuilt).Equals(tree).ShouldBeTrue(file);
            rebuilt.Length.ShouldBe(bytes.Length, file);
            Interlocked.Add(ref alike, rebuilt.AsSpan().SequenceEqual(bytes) ? 1 : 0);
        });

        // fdtoverlay, which made some of them, leaves garbage in the padding of values
        alike.ShouldBeGreaterThan(DebianTrees.All.Count * 95 / 100);
        DebianTrees.All.Count.ShouldBeGreaterThan(500);
    }

    [FactWithDebianTrees("dtc")]
    public void The_source_of_Debians_trees_compiles_to_equal_trees()
    {
        // one in twenty here; `KernelBuild.Benchmarks -- trees` compares all of them
        Parallel.ForEach(DebianTrees.All.Where((_, i) => i % 20 == 0), file =>
        {
            var tree = DeviceTree.Read(File.ReadAllBytes(file));
            DeviceTree.Read(Dtc.Compile(Dts(tree), "-f", "-b", $"{tree.BootCpu}")).Equals(tree).ShouldBeTrue(file);
        });
    }

    private static byte[] Rebuilt(DeviceTree tree) => (tree with { Root = tree.Root with { } }).ToArray();

    private static string Dts(DeviceTree tree)
    {
        using var text = new StringWriter();
        DtsWriter.Write(tree, text);
        return text.ToString();
    }
}
