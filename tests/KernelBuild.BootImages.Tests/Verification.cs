using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class Verification
{
    private static readonly byte[] Kernel = Samples.Kernel();
    private static readonly byte[] Ramdisk = Gzip.Compress(CpioWriter.Write([RamdiskEntry.File(
        "init", Samples.Random(9, 3000), (UnixFileMode)0x1ed)]));
    private static readonly byte[] Dtb = Samples.Random(4, 3000);

    private static readonly ImageExpectation Expected = new()
    {
        IsNew = true,
        Kernel = ExpectedContent.Exactly(Kernel),
        Ramdisk = ExpectedContent.ExactlyStored(Ramdisk),
        Dtb = ExpectedContent.Absent,
    };

    public static TheoryData<string> Storages() => ["gzip", "lz4-legacy", "none"];

    [Theory]
    [MemberData(nameof(Storages))]
    public void An_image_that_holds_what_it_was_made_from_has_no_finding(string storage)
    {
        foreach (uint version in (uint[])[0, 1, 3, 4])
        {
            Check(Image(version, Store(storage)), Expected).ShouldBeEmpty();
        }

        Check(Image(2, Store(storage)), Expected with { Dtb = ExpectedContent.ExactlyStored(Dtb) }).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Another_kernel_is_found(string storage)
    {
        var other = (byte[])Kernel.Clone();
        other[200_000] ^= 1;

        Codes(Image(4, Store(storage)), Expected with { Kernel = ExpectedContent.Exactly(other) })
            .ShouldBe([DiagnosticCodes.BootImageKernelDiffers]);
    }

    [Fact]
    public void Bytes_behind_the_kernel_are_found() =>
        Codes(Image(4, [.. Gzip.Compress(Kernel), 0, 0]), Expected).ShouldBe([DiagnosticCodes.BootImageKernelDiffers]);

    [Fact]
    public void Another_ramdisk_is_found() =>
        Codes(Image(4, Kernel), Expected with { Ramdisk = ExpectedContent.ExactlyStored(new byte[] { 1, 2, 3 }) })
            .ShouldBe([DiagnosticCodes.BootImageRamdiskDiffers]);

    [Fact]
    public void Another_device_tree_is_found()
    {
        Codes(Image(2, Kernel), Expected with { Dtb = ExpectedContent.ExactlyStored(new byte[] { 1 }) })
            .ShouldBe([DiagnosticCodes.BootImageDtbDiffers]);
        Codes(Image(2, Kernel), Expected).ShouldBe([DiagnosticCodes.BootImageDtbDiffers]);
        Codes(Image(4, Kernel), Expected with { Dtb = ExpectedContent.ExactlyStored(Dtb) }).ShouldBe([DiagnosticCodes.BootImageDtbDiffers]);
    }

    [Fact]
    public void What_is_not_expected_must_not_be_there()
    {
        Codes(Image(4, Kernel), Expected with { Kernel = ExpectedContent.Absent }).ShouldBe([DiagnosticCodes.BootImageKernelDiffers]);
        Codes(Image(4, Kernel), Expected with { Ramdisk = ExpectedContent.Absent }).ShouldBe([DiagnosticCodes.BootImageRamdiskDiffers]);
        Codes(BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = Kernel }).ToArray(), Expected)
            .ShouldBe([DiagnosticCodes.BootImageRamdiskDiffers]);
    }

    [Fact]
    public void A_ramdisk_without_its_trailer_is_found_even_when_it_is_the_expected_one()
    {
        var cut = Gzip.Compress(CpioWriter.Write([RamdiskEntry.Directory("a")]).AsMemory(0, 112));
        var image = BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = Kernel, Ramdisk = cut }).ToArray();

        var error = Check(image, Expected with { Ramdisk = ExpectedContent.ExactlyStored(cut) }).Single();

        error.Code.ShouldBe(DiagnosticCodes.CpioInvalid);
        error.Message.ShouldContain("TRAILER!!!");
    }

    [Fact]
    public void A_ramdisk_that_does_not_decompress_is_an_error_and_not_a_pass()
    {
        byte[] xz = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3];
        var image = BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = Kernel, Ramdisk = xz }).ToArray();

        Codes(image, Expected with { Ramdisk = ExpectedContent.ExactlyStored(xz) }).ShouldBe([DiagnosticCodes.CompressedStreamInvalid]);
    }

    [Fact]
    public void Every_single_changed_byte_outside_names_addresses_and_command_line_is_found()
    {
        var bytes = Image(2, Gzip.Compress(Samples.Kernel(20_000)));
        var expected = new ImageExpectation
        {
            IsNew = true,
            Kernel = ExpectedContent.Exactly(Samples.Kernel(20_000)),
            Ramdisk = Expected.Ramdisk,
            Dtb = ExpectedContent.ExactlyStored(Dtb),
        };
        Check(bytes, expected).ShouldBeEmpty();
        for (var offset = 2048; offset < bytes.Length; offset += 37)
        {
            bytes[offset] ^= 0x10;
            Check(bytes, expected).ShouldContain(d => d.Severity == DiagnosticSeverity.Error, $"byte {offset}");
            bytes[offset] ^= 0x10;
        }
    }

    [Fact]
    public void What_may_be_anything_is_not_looked_at()
    {
        Check(Image(2, Kernel), new ImageExpectation { IsNew = true }).ShouldBeEmpty();
        Codes(Image(2, Kernel), new ImageExpectation { CommandLine = ExpectedContent.ExactlyStored("quiet"u8.ToArray()) })
            .ShouldBe([DiagnosticCodes.BootImageHeaderInvalid]);
        Check(Image(2, Kernel), new ImageExpectation { CommandLine = ExpectedContent.Absent }).ShouldBeEmpty();
    }

    [Fact]
    public void Padding_that_is_not_zero_is_an_error_in_a_new_image_only()
    {
        var image = Image(4, Kernel);
        image[4095] = 1;

        Codes(image, Expected).ShouldBe([DiagnosticCodes.BootImagePaddingNotZero]);
        Check(image, Expected with { IsNew = false }).ShouldBeEmpty();
    }

    private static byte[] Store(string storage) => storage switch
    {
        "gzip" => Gzip.Compress(Kernel),
        "lz4-legacy" => Lz4Legacy.Compress(Kernel),
        _ => Kernel,
    };

    private static byte[] Image(uint version, byte[] kernel) => BootImage.Create(new BootImageContents
    {
        HeaderVersion = version,
        Kernel = kernel,
        Ramdisk = Ramdisk,
        Dtb = version == 2 ? Dtb : default,
    }).ToArray();

    private static IEnumerable<string> Codes(byte[] image, ImageExpectation expectation) =>
        Check(image, expectation).Select(d => d.Code);

    private static IReadOnlyList<Diagnostic> Check(byte[] image, ImageExpectation expectation) =>
        ImageProof.Check(image, expectation, out _);
}
