using System.Buffers.Binary;
using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

/// <summary>Images that are wrong in one thing, and the finding that says it.</summary>
public sealed class ProvokedFindings
{
    [Fact]
    public void Metadata_changed_after_it_was_signed_is_KB5020()
    {
        var bytes = SampleFiles.Vbmeta();
        bytes[VbmetaFields.RollbackIndex + 7] ^= 1;
        var finding = Only(bytes, DiagnosticCodes.AvbSignatureInvalid);
        finding.Severity.ShouldBe(DiagnosticSeverity.Error);
        finding.Message.ShouldContain("changed after it was signed");
        finding.Offset.ShouldBe(VbmetaFields.HeaderLength);
        finding.Fix.ShouldContain("kernelbuild avb sign");
    }

    [Fact]
    public void A_signature_by_another_key_than_the_trusted_one_is_KB5022()
    {
        using var trusted = Keys.Read(4096);
        using var signer = Keys.Read(2048);
        var key = trusted.PublicKey.ToArray();
        var finding = Only(SampleFiles.Vbmeta(), DiagnosticCodes.AvbKeyUntrusted, new InspectionOptions { TrustedKey = key });
        finding.Severity.ShouldBe(DiagnosticSeverity.Error);
        finding.Found.ShouldBe(AvbPublicKey.FingerprintOf(signer.PublicKey.ToArray()));
        finding.Expected.ShouldBe(AvbPublicKey.FingerprintOf(key));
        Findings(SampleFiles.Vbmeta(), new InspectionOptions { TrustedKey = signer.PublicKey.ToArray() })
            .ShouldNotContain(f => f.Code == DiagnosticCodes.AvbKeyUntrusted);
    }

    [Fact]
    public void Two_chained_partitions_at_one_rollback_location_are_KB5023()
    {
        using var key = Keys.Read(2048);
        var publicKey = key.PublicKey.ToArray();
        var bytes = VbmetaWriter.Write(new VbmetaContents
        {
            Descriptors =
            [
                ChainPartitionDescriptor.Create("boot", 1, publicKey), ChainPartitionDescriptor.Create("vbmeta_system", 1, publicKey),
            ],
        }.SignedWith(key));
        var finding = Only(bytes, DiagnosticCodes.AvbPolicy);
        finding.Message.ShouldContain("vbmeta_system has the rollback index location 1, which boot has too");
        finding.Found.ShouldBe("1");
    }

    [Fact]
    public void Metadata_that_switches_verification_off_is_KB5023()
    {
        using var key = Keys.Read(2048);
        var bytes = VbmetaWriter.Write(new VbmetaContents { Flags = VbmetaFlags.VerificationDisabled }.SignedWith(key));
        var finding = Only(bytes, DiagnosticCodes.AvbPolicy);
        (finding.Severity, finding.Offset, finding.Found, finding.Expected).ShouldBe(
            (DiagnosticSeverity.Warning, VbmetaFields.Flags, "2", "0"));
    }

    [Fact]
    public void A_generic_kernel_exchanged_under_its_certificate_is_KB5024()
    {
        var bytes = SampleFiles.Certified();
        bytes[4096 + 20_000] ^= 1;
        var finding = Only(bytes, DiagnosticCodes.GkiCertificateStale);
        finding.Severity.ShouldBe(DiagnosticSeverity.Error);
        finding.Message.ShouldContain("does not belong to the content");
        finding.Fix.ShouldContain("--no-gki-certificate");
        Findings(SampleFiles.Certified()).ShouldNotContain(f => f.Code == DiagnosticCodes.GkiCertificateStale);
    }

    [Fact]
    public void Two_ramdisk_fragments_of_one_name_are_KB5026() => Testing.Findings.Of(
        DiagnosticCodes.VendorRamdiskTableInvalid,
        () => VendorBoot([new(SampleFiles.Ramdisk, 1, "a"), new(SampleFiles.Ramdisk, 2, "a")])).Fix.ShouldBe("give each a name of its own");

    [Fact]
    public void A_ramdisk_fragment_that_leaves_its_section_is_KB5026()
    {
        var image = VendorBootImage.Read(VendorBoot([new(SampleFiles.Ramdisk, 1, "a")]));
        var table = image.Sections.First(section => section.Kind == VendorBootSectionKind.RamdiskTable);
        var bytes = image.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan((int)table.Offset), SampleFiles.Ramdisk.Length + 1);
        VendorBootImage.TryRead(bytes, out _, out var findings);
        var finding = findings.First(f => f.Code == DiagnosticCodes.VendorRamdiskTableInvalid);
        (finding.Severity, finding.Offset).ShouldBe((DiagnosticSeverity.Error, table.Offset));
    }

    [Fact]
    public void A_bootconfig_with_the_trailer_of_a_ramdisk_is_KB5027()
    {
        var bytes = VendorBoot([new(SampleFiles.Ramdisk)], "androidboot.hardware=virt\n\0\0\0\0\0\0\0\0#BOOTCONFIG\n"u8.ToArray());
        VendorBootImage.TryRead(bytes, out var image, out var findings).ShouldBeTrue();
        var finding = findings.ShouldHaveSingleItem();
        finding.Code.ShouldBe(DiagnosticCodes.BootConfigInvalid);
        bytes.AsSpan((int)finding.Offset!.Value).StartsWith("#BOOTCONFIG\n"u8).ShouldBeTrue();
    }

    [Fact]
    public void An_overlay_that_leaves_its_dtbo_image_is_KB5028()
    {
        var bytes = SampleFiles.Dtbo(0);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(DtboFields.HeaderLength + DtboFields.TreeSize), (uint)bytes.Length);
        var finding = Testing.Findings.Of(DiagnosticCodes.DtboInvalid, () => DtboImage.Read(bytes));
        finding.Offset.ShouldBe(DtboFields.HeaderLength);
        finding.Message.ShouldContain("beyond total_size");
    }

    [Fact]
    public void A_device_tree_cut_short_is_KB5032()
    {
        var bytes = BootImage.Create(SampleFiles.Contents(2) with { Dtb = SampleFiles.DeviceTree().AsMemory(0, 150) }).ToArray();
        var finding = Only(bytes, DiagnosticCodes.DeviceTreeBlobInvalid);
        bytes.AsSpan((int)finding.Offset!.Value).StartsWith((ReadOnlySpan<byte>)[0xd0, 0x0d, 0xfe, 0xed]).ShouldBeTrue();
        finding.Fix.ShouldContain("--dtb");
    }

    [Fact]
    public void Ramdisks_of_two_kinds_that_the_bootloader_will_join_are_KB5033()
    {
        var other = Lz4Legacy.Compress(CpioWriter.Write([RamdiskEntry.Directory("proc")]));
        var stock = ImageFile.Read(SampleFiles.Boot(4));
        var changed = ImageFile.Read(BootImage.Create(SampleFiles.Contents(4) with { Ramdisk = other }).ToArray());
        var alone = ImageComparison.Of(stock, changed).Findings.First(f => f.Code == DiagnosticCodes.RamdiskCompressionDiffers);
        alone.Severity.ShouldBe(DiagnosticSeverity.Warning);
        var joined = ImageComparison
            .Of(stock, changed, ImageFile.Read(SampleFiles.VendorBoot(4))).Findings
            .First(f => f.Code == DiagnosticCodes.RamdiskCompressionDiffers);
        joined.Severity.ShouldBe(DiagnosticSeverity.Error);
        joined.Fix.ShouldContain("gzip");
        ImageComparison.Of(stock, stock).Findings.ShouldNotContain(f => f.Code == DiagnosticCodes.RamdiskCompressionDiffers);
    }

    private static byte[] VendorBoot(VendorRamdiskContents[] ramdisks, byte[]? bootConfig = null) =>
        VendorBootImage.Create(new VendorBootContents
    {
        HeaderVersion = 4,
        Ramdisks = [.. ramdisks],
        Dtb = SampleFiles.DeviceTree(),
        BootConfig = bootConfig,
        PageSize = 4096,
    }).ToArray();

    private static ImmutableArray<Diagnostic> Findings(byte[] bytes, InspectionOptions? options = null) =>
        ImageInspection.Of(ImageFile.Read(bytes), [], options).Findings;

    private static Diagnostic Only(byte[] bytes, string code, InspectionOptions? options = null) =>
        Findings(bytes, options).Where(finding => finding.Code == code).ShouldHaveSingleItem();
}
