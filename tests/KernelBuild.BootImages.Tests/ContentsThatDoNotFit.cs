using KernelBuild.BootImages.Boot;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class ContentsThatDoNotFit
{
    [Fact]
    public void A_command_line_may_have_1535_bytes_and_no_more()
    {
        foreach (uint version in (uint[])[0, 3, 4])
        {
            var contents = Samples.Contents(version) with { CommandLine = new string('x', 1535) };
            BootImage.Read(BootImage.Create(contents).ToArray()).CommandLine.ShouldBe(contents.CommandLine);
            Codes(contents with { CommandLine = new string('x', 1536) }).ShouldBe([DiagnosticCodes.BootImageFieldTooLong]);
        }
    }

    [Fact]
    public void Lengths_are_counted_in_bytes() =>
        Codes(Samples.Contents(0) with { Name = new string('ä', 8) }).ShouldBe([DiagnosticCodes.BootImageFieldTooLong]);

    [Fact]
    public void A_version_2_image_without_a_device_tree_is_refused() =>
        Codes(Samples.Contents(2) with { Dtb = default }).ShouldBe([DiagnosticCodes.BootImageSectionUnfit]);

    [Fact]
    public void A_section_that_the_version_does_not_have_is_refused()
    {
        Codes(Samples.Contents(0) with { Dtb = new byte[1] }).ShouldBe([DiagnosticCodes.BootImageSectionUnfit]);
        Codes(Samples.Contents(3) with { Second = new byte[1], Signature = new byte[1] })
            .ShouldBe([DiagnosticCodes.BootImageSectionUnfit, DiagnosticCodes.BootImageSectionUnfit]);
    }

    [Fact]
    public void Only_versions_3_and_4_may_lack_a_kernel()
    {
        Codes(Samples.Contents(0) with { Kernel = default }).ShouldBe([DiagnosticCodes.BootImageSectionUnfit]);
        BootImage.Create(Samples.Contents(4) with { Kernel = default }).Sections[0].Content.IsEmpty.ShouldBeTrue();
        Codes(Samples.Contents(4) with { Kernel = default, Ramdisk = default }).ShouldBe([DiagnosticCodes.BootImageSectionUnfit]);
    }

    [Theory]
    [InlineData(0, 1024)]
    [InlineData(0, 3000)]
    [InlineData(0, 32768)]
    [InlineData(4, 2048)]
    public void A_page_size_that_mkbootimg_would_not_take_is_refused(uint version, uint pageSize) =>
        Codes(Samples.Contents(version) with { PageSize = pageSize }).ShouldBe([DiagnosticCodes.BootImageHeaderInvalid]);

    [Fact]
    public void All_errors_come_at_once() =>
        Codes(Samples.Contents(2) with { Dtb = default, PageSize = 1, Name = new string('n', 16), CommandLine = "a\0b" })
            .Count()
            .ShouldBe(4);

    [Fact]
    public void The_recovery_dtbo_is_where_the_header_says()
    {
        var image = BootImage.Create(Samples.Contents(2));

        var bytes = image.ToArray();

        bytes.AsSpan((int)image.RecoveryDtboOffset, 100).SequenceEqual(Samples.Contents(2).RecoveryDtbo.Span).ShouldBeTrue();
        BootImage.TryRead(bytes, out _, out var diagnostics).ShouldBeTrue();
        diagnostics.ShouldBeEmpty();
    }

    [Fact]
    public void Version_4_counts_its_signature()
    {
        var image = BootImage.Read(BootImage.Create(Samples.Contents(4)).ToArray());

        image.Signature.Length.ShouldBe(4096);
        image.HeaderSize.ShouldBe(1584u);
    }

    private static IEnumerable<string> Codes(BootImageContents contents) =>
        Should.Throw<DiagnosticException>(() => BootImage.Create(contents)).Diagnostics.Select(d => d.Code);
}
