using KernelBuild.BootImages.Boot;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class ContentsThatDoNotFit
{
    [Fact]
    public void Each_field_of_the_command_line_keeps_its_NUL()
    {
        foreach (uint version in (uint[])[0, 1, 3, 4])
        {
            var longest = version < 3 ? 1534 : 1535;
            var contents = Samples.Contents(version) with { CommandLine = new string('x', longest) };
            BootImage.Read(BootImage.Create(contents).ToArray()).CommandLine.ShouldBe(contents.CommandLine);
            Codes(contents with { CommandLine = new string('x', longest + 1) }).ShouldBe([DiagnosticCodes.BootImageFieldTooLong]);
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
    public void Any_version_may_lack_a_kernel()
    {
        foreach (uint version in (uint[])[0, 1, 2, 3, 4])
        {
            var bytes = BootImage.Create(Samples.Contents(version) with { Kernel = default }).ToArray();
            BootImage.Read(bytes).Kernel.IsEmpty.ShouldBeTrue();
        }
    }

    [Fact]
    public void A_device_tree_table_is_for_version_0_and_its_size_no_version()
    {
        var contents = Samples.Contents(0) with { DeviceTreeTable = SampleFiles.DeviceTree() };
        var image = BootImage.Read(BootImage.Create(contents).ToArray());
        image.Sections[^1].Content.ToArray().ShouldBe(contents.DeviceTreeTable.ToArray());
        BootImageId.Check(image).ShouldBe(BootImageIdState.MatchesSha1);
        Codes(contents with { DeviceTreeTable = new byte[4] }).ShouldBe([DiagnosticCodes.BootImageSectionUnfit]);
        Codes(contents with { HeaderVersion = 1 }).ShouldBe([DiagnosticCodes.BootImageSectionUnfit]);
    }

    [Fact]
    public void An_id_that_counts_a_table_that_is_not_there_is_recognised_and_kept()
    {
        var image = BootImage.Create(Samples.Contents(1));
        image = image with { Id = BootImageId.Compute(image, BootImageIdState.MatchesSha1, BootImageIdTable.EvenWhenAbsent) };
        BootImageId.Check(image).ShouldBe(BootImageIdState.MatchesSha1);
        BootImageId.Compute(image, BootImageIdState.MatchesSha1).ShouldNotBe(image.Id.ToArray());
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
