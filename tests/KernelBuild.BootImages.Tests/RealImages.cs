using System.Security.Cryptography;
using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Tests;

public sealed class RealImages
{
    private const string Cuttlefish = "cuttlefish-init_boot-v4.img.xz";

    [FactWith(Cuttlefish, "xz")]
    public void The_init_boot_of_cuttlefish_is_read_and_written_back()
    {
        var bytes = Cases.Unpack(Cuttlefish);
        Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe("ea495a6a8e34a7f16cbbf4c98950b5e9d51a75e656fa84d117db7d6194b02e4a");

        BootImage.TryRead(bytes, out var image, out var diagnostics).ShouldBeTrue();

        diagnostics.ShouldBeEmpty();
        image.HeaderVersion.ShouldBe(4u);
        image.Kernel.Length.ShouldBe(0);
        image.Ramdisk.Length.ShouldBe(0x226cdf);
        image.ToArray().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [FactWith(Cuttlefish, "xz", "lz4", "cpio")]
    public void The_ramdisk_of_cuttlefish_is_what_lz4_and_cpio_say()
    {
        var image = BootImage.Read(Cases.Unpack(Cuttlefish));

        Decompressor.TryDecompress(image.Ramdisk, out var data, out _).ShouldBeTrue();

        data.Format.ShouldBe(CompressionFormat.Lz4Legacy);
        data.CompressedLength.ShouldBe(image.Ramdisk.Length);
        var theirs = Oracle.Output("lz4", ["-dc"], image.Ramdisk.ToArray());
        data.Content.Span.SequenceEqual(theirs).ShouldBeTrue();
        var listing = Encoding.UTF8
            .GetString(Oracle.Output("cpio", ["-it", "--quiet"], theirs))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        CpioArchive.Read(data.Content).Entries.Select(e => e.Path).ShouldBe(listing);
    }

    [FactWith(Cuttlefish, "xz", "lz4")]
    public void A_real_ramdisk_compressed_again_decompresses_with_lz4()
    {
        Decompressor.TryDecompress(BootImage.Read(Cases.Unpack(Cuttlefish)).Ramdisk, out var data, out _).ShouldBeTrue();

        Oracle.Output("lz4", ["-dc"], Lz4Legacy.Compress(data.Content)).AsSpan().SequenceEqual(data.Content.Span).ShouldBeTrue();
        Oracle.Output("gzip", ["-dc"], Gzip.Compress(data.Content)).AsSpan().SequenceEqual(data.Content.Span).ShouldBeTrue();
    }

    [TheoryWith("amlogic-vendor_boot-v3.img.xz", "coral-dtbo.img.xz", "coral-vbmeta.img.xz", "xz")]
    [InlineData("amlogic-vendor_boot-v3.img.xz", "a vendor_boot image")]
    [InlineData("coral-dtbo.img.xz", "a dtbo image")]
    [InlineData("coral-vbmeta.img.xz", "a vbmeta image")]
    public void Other_images_are_called_by_their_names(string name, string kind)
    {
        BootImage.TryRead(Cases.Unpack(name), out _, out var diagnostics).ShouldBeFalse();

        diagnostics.Single().Code.ShouldBe(DiagnosticCodes.BootImageMagicMissing);
        diagnostics.Single().Message.ShouldContain(kind);
    }
}
