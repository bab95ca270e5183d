using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

public sealed class Sequences
{
    [FactWith("dtc")]
    public void Trees_appended_to_a_kernel_are_all_found_and_written_back()
    {
        byte[] first = Dtc.Compile("/dts-v1/; / { model = \"one\"; };");
        byte[] second = Dtc.Compile("/dts-v1/; / { model = \"two\"; };", "-p", "32");
        // a magic number in the kernel's code is no tree
        byte[] file = [.. "kernel code"u8, 0xd0, 0x0d, 0xfe, 0xed, 0, 1, 2, 3, .. first, .. second, 0, 0, 0, .. first, .. "end"u8];

        DeviceTreeSequence.TryRead(file, out var sequence, out _).ShouldBeTrue();

        sequence.Trees.Select(tree => tree.Root.Strings("model")[0]).ShouldBe(["one", "two", "one"]);
        sequence.Gaps.Select(gap => gap.Length).ShouldBe([19, 0, 3, 3]);
        sequence.ToArray().ShouldBe(file);
    }

    [Fact]
    public void A_file_without_a_tree_says_so()
    {
        DeviceTreeSequence.TryRead("no tree at all"u8.ToArray(), out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.DeviceTreeMagicMissing);
        DeviceTreeSequence.TryRead(Array.Empty<byte>(), out _, out error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.DeviceTreeMagicMissing);
        DeviceTreeSequence.TryRead(new byte[] { 1, 0xd0, 0x0d, 0xfe, 0xed }, out _, out error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.DeviceTreeTruncated);
        error.Offset.ShouldBe(1);
    }
}
