using System.Buffers;
using System.Text.RegularExpressions;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Avb;

/// <summary>Hash trees against veritysetup, the program of dm-verity's authors.</summary>
public sealed partial class HashTrees
{
    private static readonly byte[] Salt = Samples.Random(3, 32);

    [TheoryWith("veritysetup")]
    [InlineData(2 * 4096, 4096, 4096, "sha256")]
    [InlineData(128 * 4096, 4096, 4096, "sha256")]
    [InlineData(129 * 4096, 4096, 4096, "sha256")]
    [InlineData(3000 * 512, 512, 512, "sha256")]
    [InlineData(2049 * 1024, 1024, 4096, "sha256")]
    [InlineData(700 * 4096, 4096, 1024, "sha1")]
    [InlineData(300 * 4096, 4096, 4096, "sha512")]
    public void A_tree_and_its_root_are_veritysetups(int length, int dataBlock, int hashBlock, string algorithm)
    {
        var data = Samples.Random(4, length);
        var folder = Directory.CreateTempSubdirectory("kernelbuild-verity-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "data"), data);
            File.WriteAllBytes(Path.Combine(folder, "tree"), []);
            var output = System.Text.Encoding.ASCII.GetString(Oracle.Output(
                "veritysetup",
                [
                    "format", "data", "tree", "--no-superblock", "--format=1", $"--hash={algorithm}", $"--data-block-size={dataBlock}",
                    $"--hash-block-size={hashBlock}", $"--salt={Convert.ToHexStringLower(Salt)}",
                ],
                directory: folder));

            var tree = HashTree.Compute(data, (uint)dataBlock, (uint)hashBlock, algorithm, Salt);
            Convert.ToHexStringLower(tree.Root.Span).ShouldBe(RootHash().Match(output).Groups[1].Value);
            tree.Bytes.Span.SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "tree"))).ShouldBeTrue();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_single_block_has_no_tree_and_its_own_digest_as_the_root()
    {
        var block = Samples.Random(5, 4096);
        var tree = HashTree.Compute(block, 4096, 4096, "sha256", Salt);
        tree.Bytes.Length.ShouldBe(0);
        tree.Root.ToArray().ShouldBe(System.Security.Cryptography.SHA256.HashData([.. Salt, .. block]));
    }

    [Fact]
    public void An_intact_partition_has_a_good_digest() => Inspect(_ => { }).Verdict.Digest.State.ShouldBe(AnswerState.Good);

    [Theory]
    [InlineData(0)]
    [InlineData(Content - 1)]
    public void A_changed_byte_of_the_content_is_found(int at) => Found(bytes => bytes[at] ^= 1);

    [Theory]
    [InlineData(Content)]
    [InlineData(Content + 4095)]
    public void A_changed_byte_of_the_tree_is_found(int at) => Found(bytes => bytes[at] ^= 1);

    [Fact]
    public void A_tree_that_was_erased_is_said_and_is_no_error()
    {
        var inspection = Inspect(bytes => "ZeRoHaSH"u8.CopyTo(bytes.AsSpan(Content)));
        inspection.Verdict.Digest.State.ShouldBe(AnswerState.Good);
        inspection.Findings.Single(f => f.Code == DiagnosticCodes.AvbDigestDiffers).Severity.ShouldBe(DiagnosticSeverity.Note);
    }

    private const int Content = 128 * 4096;

    private static void Found(Action<byte[]> damage)
    {
        var inspection = Inspect(damage);
        inspection.Verdict.Digest.State.ShouldBe(AnswerState.Bad);
        inspection.Findings.ShouldContain(f => f.Code == DiagnosticCodes.AvbDigestDiffers && f.Severity == DiagnosticSeverity.Error);
    }

    /// <summary>A partition as avbtool lays it out: content, tree, metadata, footer.</summary>
    private static ImageInspection Inspect(Action<byte[]> damage)
    {
        var data = Samples.Random(6, Content);
        var tree = HashTree.Compute(data, 4096, 4096, "sha256", Salt);
        byte[] image = [.. data, .. tree.Bytes.Span];
        var writer = new AvbDescriptorWriter(HashtreeDescriptor.Tag, HashtreeDescriptor.FixedLength, 6 + Salt.Length + tree.Root.Length);
        writer.U32(HashtreeDescriptor.VersionOffset, 1);
        writer.U64(HashtreeDescriptor.ImageSizeOffset, Content);
        writer.U64(HashtreeDescriptor.TreeOffsetOffset, Content);
        writer.U64(HashtreeDescriptor.TreeSizeOffset, (ulong)tree.Bytes.Length);
        writer.U32(HashtreeDescriptor.DataBlockSizeOffset, 4096);
        writer.U32(HashtreeDescriptor.HashBlockSizeOffset, 4096);
        writer.Text(HashtreeDescriptor.AlgorithmOffset, "sha256");
        writer.U32(HashtreeDescriptor.NameLengthOffset, 6);
        writer.U32(HashtreeDescriptor.SaltLengthOffset, (uint)Salt.Length);
        writer.U32(HashtreeDescriptor.DigestLengthOffset, (uint)tree.Root.Length);
        writer.Append("system"u8);
        writer.Append(Salt);
        writer.Append(tree.Root.Span);
        AvbDescriptorReader.TryRead(writer.Bytes, 0, out var descriptors, out _).ShouldBeTrue();
        var vbmeta = VbmetaWriter.Write(new VbmetaContents { Descriptors = descriptors });
        var bytes = AvbFootedImage.Compose(new(image), vbmeta, AvbFootedImage.SmallestPartition(image.Length)).ToArray();
        damage(bytes);
        return ImageInspection.Of(ImageFile.Read(bytes), []);
    }

    [GeneratedRegex(@"Root hash:\s+([0-9a-f]+)")]
    private static partial Regex RootHash();
}
