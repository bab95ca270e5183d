using KernelBuild.Compression.Codecs;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Compression.Tests;

public sealed class CompressionMagics
{
    [TheoryWith("gzip", "lz4", "xz", "zstd", "bzip2")]
    [InlineData("gzip", "-c", CompressionFormat.Gzip)]
    [InlineData("lz4", "-c", CompressionFormat.Lz4Frame)]
    [InlineData("lz4", "-lc", CompressionFormat.Lz4Legacy)]
    [InlineData("xz", "-c", CompressionFormat.Xz)]
    [InlineData("xz", "--format=lzma", CompressionFormat.Lzma)]
    [InlineData("zstd", "-c", CompressionFormat.Zstd)]
    [InlineData("bzip2", "-c", CompressionFormat.Bzip2)]
    public void What_a_program_wrote_is_recognised(string program, string option, CompressionFormat format)
    {
        var stored = Oracle.Output(program, [option], Samples.Compressible(1, 10_000));

        CompressionFormats.Recognize(stored).ShouldBe(format);
        CompressionFormats.Find(CompressionFormats.NameOf(format)).ShouldBe(format);
    }

    [Fact]
    public void A_kernel_and_a_ramdisk_as_they_are_have_none()
    {
        CompressionFormats.Recognize(Samples.Kernel()).ShouldBe(CompressionFormat.None);
        CompressionFormats.Recognize("070701"u8).ShouldBe(CompressionFormat.None);
        CompressionFormats.Recognize([]).ShouldBe(CompressionFormat.None);
    }
}
