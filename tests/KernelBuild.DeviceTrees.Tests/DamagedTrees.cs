using System.Buffers.Binary;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

public sealed class DamagedTrees
{
    private static readonly uint[] Whole = [1, 0, 3, 4, 0, 0x12345678, 1, 0x61000000, 2, 2, 9];

    [Fact]
    public void The_tree_that_the_others_are_damaged_copies_of_is_good() =>
        DeviceTree.Read(Flattened.Around(Whole)).Root.Number("x").ShouldBe(0x12345678u);

    [Theory]
    [InlineData(0, 0xd00dfeecu, DiagnosticCodes.DeviceTreeMagicMissing)]
    [InlineData(4, 0x7fffffffu, DiagnosticCodes.DeviceTreeTruncated)]
    [InlineData(4, 0xffffffffu, DiagnosticCodes.DeviceTreeTruncated)]
    [InlineData(4, 39u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(8, 0xfffffffcu, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(8, 16u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(12, 0xfffffffcu, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(12, 57u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(16, 0xfffffffcu, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(16, 80u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(20, 3u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(24, 18u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(32, 0xfffffff0u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(36, 0xfffffff0u, DiagnosticCodes.DeviceTreeHeaderInvalid)]
    [InlineData(36, 40u, DiagnosticCodes.DeviceTreeStructureInvalid)]
    public void A_wrong_header_field_is_named(int offset, uint value, string code)
    {
        var bytes = Flattened.Around(Whole);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);

        DeviceTree.TryRead(bytes, out _, out var error).ShouldBeFalse();

        error.Code.ShouldBe(code, error.Message);
        error.Offset.ShouldNotBeNull();
        error.Fix.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("no root", 2u, 9u)]
    [InlineData("a token of no meaning", 1u, 0u, 5u, 2u, 9u)]
    [InlineData("no end of the root", 1u, 0u)]
    [InlineData("no end of the tree", 1u, 0u, 2u)]
    [InlineData("the end inside a node", 1u, 0u, 9u)]
    [InlineData("two roots", 1u, 0u, 2u, 1u, 0u, 2u, 9u)]
    [InlineData("a name without end", 1u, 0x61616161u)]
    [InlineData("a property cut off", 1u, 0u, 3u, 4u)]
    [InlineData("a value longer than the block", 1u, 0u, 3u, 0xfffffff0u, 0u, 2u, 9u)]
    [InlineData("a name outside of the strings", 1u, 0u, 3u, 0u, 2u, 2u, 9u)]
    [InlineData("a name far outside of the strings", 1u, 0u, 3u, 0u, 0xfffffff0u, 2u, 9u)]
    [InlineData("a property behind a child", 1u, 0u, 1u, 0x61000000u, 2u, 3u, 0u, 0u, 2u, 9u)]
    public void A_wrong_structure_is_named(string what, params uint[] structure)
    {
        DeviceTree.TryRead(Flattened.Around(structure), out _, out var error).ShouldBeFalse(what);

        error.Code.ShouldBe(DiagnosticCodes.DeviceTreeStructureInvalid);
    }

    [Fact]
    public void Nodes_may_be_64_deep_as_in_Linux_and_no_deeper()
    {
        DeviceTree.TryRead(Deep(64), out _, out _).ShouldBeTrue();
        DeviceTree.TryRead(Deep(65), out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.DeviceTreeStructureInvalid);
        DeviceTree.TryRead(Deep(1_000_000), out _, out _).ShouldBeFalse();

        static byte[] Deep(int levels) =>
            Flattened.Around([
                .. Enumerable.Repeat<uint[]>([1, 0x61000000], levels).SelectMany(x => x), .. Enumerable.Repeat(2u, levels), 9,
            ]);
    }

    [FactWith("dtc")]
    public void Every_shorter_file_is_refused()
    {
        var bytes = BoardSources.BoardTree;
        for (var length = 0; length < bytes.Length; length++)
        {
            DeviceTree.TryRead(bytes.AsMemory(0, length), out _, out var error).ShouldBeFalse();
            error.Code.ShouldStartWith("KB6");
        }
    }
}
