using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Images;

public sealed class FormsOfVendors
{
    [Theory]
    [InlineData("dhtb", "dhtb_header", "seandroid_mark")]
    [InlineData("qcdt", "dt", "kernel")]
    [InlineData("mtk", "kernel_mtk_header", "ramdisk_mtk_header")]
    [InlineData("pxa", "dt", "kernel")]
    [InlineData("seandroid", "seandroid_mark", "zero_fill")]
    [InlineData("lg", "lg_mark", "kernel")]
    [InlineData("appended-dtb", "kernel_dtb", "kernel")]
    [InlineData("nexus9", "signature_256", "kernel")]
    [InlineData("chromeos", "chromeos_header", "kernel")]
    [InlineData("tegra", "tegra_blob", "kernel")]
    [InlineData("amonet", "amonet_microloader", "kernel")]
    [InlineData("avb1", "avb1_signature", "kernel")]
    [InlineData("boot-v4-gki", "gki_certificate", "avb_footer")]
    [InlineData("boot-v4-gki-header", "signature", "kernel")]
    [InlineData("vendor_boot-v4", "vendor_ramdisk_02", "bootconfig")]
    [InlineData("dtbo-v0", "dtb_00", "dtb_01")]
    public void They_are_recognised_and_named(string name, string first, string second)
    {
        var names = RegionMap.Of(ImageFile.Read(SampleFiles.All[name]())).Select(r => r.Name).ToArray();

        names.ShouldContain(first);
        names.ShouldContain(second);
    }

    [Fact]
    public void A_PXA_header_has_its_fields_where_Samsung_put_them()
    {
        var image = ImageFile.Read(SampleFiles.All["pxa"]()).Boot!;

        image.Form.ShouldBe(BootHeaderForm.Pxa);
        image.PageSize.ShouldBe(2048u);
        image.Name.ShouldBe("SRPNB");
        image.CommandLine.ShouldBe("console=ttyS1");
        image.Section(BootImageSectionKind.DeviceTreeTable).Length.ShouldBe(700);
        BootImageId.Check(image).ShouldBe(BootImageIdState.MatchesSha1);
    }

    [Fact]
    public void A_device_tree_table_is_a_section_and_its_size_is_no_version()
    {
        var image = ImageFile.Read(SampleFiles.All["qcdt"]()).Boot!;

        image.HeaderVersion.ShouldBe(0u);
        image.Section(BootImageSectionKind.DeviceTreeTable).Length.ShouldBe(3000);
        BootImageId.Check(image).ShouldBe(BootImageIdState.MatchesSha1);
    }

    [Fact]
    public void Entries_of_a_dtbo_that_are_equal_share_their_bytes()
    {
        var dtbo = ImageFile.Read(SampleFiles.Dtbo(0)).Dtbo!;

        dtbo.Entries[2].Offset.ShouldBe(dtbo.Entries[0].Offset);
        dtbo.Entries[1].Offset.ShouldBe(dtbo.Entries[0].Offset + dtbo.Entries[0].Size);
        dtbo.Entries[2].Custom.ShouldBe([0u, 9u, 0u, 0u]);
    }

    [Fact]
    public void Fragments_follow_one_another_without_padding()
    {
        var image = ImageFile.Read(SampleFiles.VendorBoot(4)).VendorBoot!;

        image.Ramdisks.Select(r => (r.Name, r.TypeName)).ShouldBe([("", "platform"), ("dlkm", "dlkm"), ("recovery", "recovery")]);
        image.Ramdisks[1].Offset.ShouldBe(image.Ramdisks[0].Size);
        image.Ramdisks[2].Offset.ShouldBe(image.Ramdisks[0].Size + image.Ramdisks[1].Size);
        image.Ramdisks[2].Content.ToArray().ShouldBe(SampleFiles.Ramdisk);
    }

    [Fact]
    public void A_vendor_boot_header_of_2112_bytes_takes_two_pages_of_2048() =>
        ImageFile.Read(SampleFiles.VendorBoot(3)).VendorBoot!.Sections[0].Offset.ShouldBe(4096);
}
