using System.Buffers;
using System.Buffers.Binary;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Tests.Avb;
using KernelBuild.BootImages.Tests.Images;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Editing;

public sealed class Edits
{
    private static readonly byte[] NewKernel = Samples.Kernel(60_000);
    private static readonly byte[] NewRamdisk = CpioWriter.Write([RamdiskEntry.File("init", Samples.Random(4, 100), (UnixFileMode)0x1ed)]);

    /// <summary>A table without entries bounds nothing: found by a million edits of damaged images, 3.3 GB for one of 74 kB.</summary>
    [Fact]
    public void An_empty_table_that_states_huge_entries_gets_none()
    {
        var bytes = DtboWriter.Write(new DtboContents { Entries = [new DtboEntryContents(SampleFiles.DeviceTree(), 1)] }).ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(DtboFields.EntrySize), 0x2800_0020);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(DtboFields.EntryCount), 0);
        ImageFile.TryRead(bytes, out var file, out _).ShouldBeTrue();

        Should.Throw<DiagnosticException>(
            () => ImageEditor.Apply(file!, new ImageEdits { Overlays = [new DtboEntryContents(SampleFiles.DeviceTree(), 1)] }))
            .Diagnostics.Single().Code.ShouldBe(DiagnosticCodes.DtboInvalid);
    }

    public static TheoryData<string> Editable() =>
        [
            .. SampleFiles.All.Keys.Where(name =>
                name is not ("vbmeta" or "chromeos" or "tegra" or "nexus9") && !name.StartsWith("dtbo", StringComparison.Ordinal)),
        ];

    [Theory]
    [MemberData(nameof(Editable))]
    public void No_edit_changes_no_byte(string name)
    {
        var bytes = SampleFiles.All[name]();

        ImageEditor.Apply(ImageFile.Read(bytes), new ImageEdits()).Bytes.ToArray().ShouldBe(bytes);
    }

    [Theory]
    [MemberData(nameof(Editable))]
    public void A_part_replaced_by_itself_changes_no_byte(string name)
    {
        var bytes = SampleFiles.All[name]();
        var file = ImageFile.Read(bytes);
        var edits = file.Boot is { } boot
            ? new ImageEdits
            {
                CommandLine = boot.CommandLine,
                Kernel = boot.Kernel.IsEmpty
                    ? (ReadOnlyMemory<byte>?)null
                    : Content(BootImages.Vendors.SectionParts.OfKernel(boot.Kernel).Stream),
            }
            : new ImageEdits { CommandLine = file.VendorBoot!.CommandLine, Dtb = file.VendorBoot.Dtb };
        if (file.Certificate is not null)
        {
            edits = edits with { CommandLine = null };
        }

        ImageEditor.Apply(file, edits).Bytes.ToArray().ShouldBe(bytes);
    }

    [Theory]
    [MemberData(nameof(Editable))]
    public void What_was_given_is_in_the_new_image_and_nothing_else_changed(string name)
    {
        var old = ImageFile.Read(SampleFiles.All[name]());
        var isBoot = old.Boot is not null;
        var edits = isBoot ? new ImageEdits { Kernel = NewKernel } : new ImageEdits { Dtb = SampleFiles.DeviceTree(9, 5000) };

        var edited = ImageEditor.Apply(old, edits);

        ImageProof.Check(edited.Bytes.ToArray(), edited.Expectation, out _).ShouldBeEmpty();
        var now = ImageFile.Read(edited.Bytes.ToArray());
        if (isBoot)
        {
            Content(BootImages.Vendors.SectionParts.OfKernel(now.Boot!.Kernel).Stream).ToArray().ShouldBe(NewKernel);
            if (!old.Boot!.Kernel.IsEmpty)
            {
                CompressionFormats.Recognize(BootImages.Vendors.SectionParts.OfKernel(now.Boot.Kernel).Stream.Span)
                    .ShouldBe(CompressionFormats.Recognize(BootImages.Vendors.SectionParts.OfKernel(old.Boot.Kernel).Stream.Span));
            }

            now.Boot.Ramdisk.ToArray().ShouldBe(old.Boot.Ramdisk.ToArray());
            now.Boot.CommandLine.ShouldBe(old.Boot.CommandLine);
        }

        if (old.Footer is not null)
        {
            edited.Bytes.Length.ShouldBe(old.Bytes.Length);
        }

        string[] mayChange =
        [
            "header", "kernel", "kernel_padding", "kernel_mtk_header", "dtb", "dtb_padding", "vbmeta_header", "vbmeta_authentication",
            "vbmeta_auxiliary",
            "avb_fill", "avb_footer", "content_padding", "zero_fill", "gki_certificate", "signature", "signature_padding", "dhtb_header",
            "avb1_signature",
        ];
        ImageComparison.Compare(old, now).Where(c => c.Kind is not ("same" or "moved")).Select(c => c.Name).ShouldBeSubsetOf(mayChange);
    }

    [Fact]
    public void A_signed_image_is_signed_again_with_the_key_and_keeps_what_its_metadata_says()
    {
        var old = ImageFile.Read(SampleFiles.All["boot-v2-avb"]());
        using var key = Keys.Read(4096);

        var now = ImageFile.Read(
            ImageEditor.Apply(old, new ImageEdits { Kernel = NewKernel, Key = key, PartitionSize = 1 << 20 }).Bytes.ToArray());

        VbmetaSignature.Check(now.Vbmeta!).ShouldBe(VbmetaSignatureState.Valid);
        now.Vbmeta!.Algorithm.ShouldBe(old.Vbmeta!.Algorithm);
        now.Vbmeta.Header.RollbackIndex.ShouldBe(7u);
        now.Vbmeta.Header.ReleaseString.ShouldBe("avbtool 1.3.0");
        now.Vbmeta.Descriptors.Length.ShouldBe(old.Vbmeta.Descriptors.Length);
        ImageInspection.Of(now, []).Verdict.Digest.State.ShouldBe(AnswerState.Good);
        BootImageId.Check(now.Boot!).ShouldBe(BootImageIdState.MatchesSha1);
    }

    [Fact]
    public void Without_the_key_the_metadata_is_not_signed_and_a_warning_says_so()
    {
        var edited = ImageEditor.Apply(ImageFile.Read(SampleFiles.All["boot-v4-avb"]()), new ImageEdits { Kernel = NewKernel });

        edited.Findings.ShouldContain(f => f.Code == DiagnosticCodes.AvbNotSigned && f.Severity == DiagnosticSeverity.Warning);
        ImageFile.Read(edited.Bytes.ToArray()).Vbmeta!.Algorithm.ShouldBe(AvbAlgorithm.None);
    }

    [Fact]
    public void An_image_larger_than_its_partition_is_refused()
    {
        var old = ImageFile.Read(SampleFiles.All["boot-v4-avb"]());
        var large = Samples.Kernel(2 << 20);

        Should.Throw<DiagnosticException>(() => ImageEditor.Apply(old, new ImageEdits { Kernel = large })).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.ImageLargerThanPartition);
        var filled = ImageFile.Read(SampleFiles.All["seandroid"]());
        Should.Throw<DiagnosticException>(() => ImageEditor.Apply(filled, new ImageEdits { Kernel = large })).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.ImageLargerThanPartition);
        Should.Throw<DiagnosticException>(() => ImageEditor.Apply(
            ImageFile.Read(SampleFiles.Boot(0)), new ImageEdits { Kernel = large, PartitionSize = 1 << 20 })).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.ImageLargerThanPartition);
    }

    [Fact]
    public void A_wrapper_that_only_its_vendor_can_make_is_refused()
    {
        foreach (var name in new[] { "chromeos", "tegra", "nexus9" })
        {
            Should.Throw<DiagnosticException>(() => ImageEditor.Apply(
                ImageFile.Read(SampleFiles.All[name]()), new ImageEdits { Kernel = NewKernel }))
                .Diagnostics[0].Code.ShouldBe(DiagnosticCodes.VendorFormNotRewritten);
        }
    }

    [Fact]
    public void A_fragment_that_changes_moves_those_behind_it()
    {
        var old = ImageFile.Read(SampleFiles.All["vendor_boot-v4-avb"]());

        var edited = ImageEditor.Apply(
            old, new ImageEdits { Fragments = new ImageEdits().Fragments.Add("dlkm", NewRamdisk), BootConfig = "a=b\n"u8.ToArray() });

        ImageProof.Check(edited.Bytes.ToArray(), edited.Expectation, out _).ShouldBeEmpty();
        var now = ImageFile.Read(edited.Bytes.ToArray()).VendorBoot!;
        Content(now.Ramdisks[1].Content).ToArray().ShouldBe(NewRamdisk);
        now.Ramdisks[0].Content.ToArray().ShouldBe(old.VendorBoot!.Ramdisks[0].Content.ToArray());
        now.Ramdisks[2].Content.ToArray().ShouldBe(old.VendorBoot.Ramdisks[2].Content.ToArray());
        now.Ramdisks[2].Offset.ShouldBe(now.Ramdisks[0].Size + now.Ramdisks[1].Size);
        now.BootConfig.ToArray().ShouldBe("a=b\n"u8.ToArray());
    }

    [Fact]
    public void What_an_image_does_not_have_cannot_be_set()
    {
        Refused("boot-v3", new ImageEdits { Second = new byte[1] });
        Refused("boot-v0", new ImageEdits { Dtb = new byte[1] });
        Refused("boot-v4", new ImageEdits { BootConfig = new byte[1] });
        Refused("vendor_boot-v4", new ImageEdits { Kernel = NewKernel });
        Refused("vendor_boot-v3", new ImageEdits { BootConfig = new byte[1] });
        Refused("vendor_boot-v4", new ImageEdits { Ramdisk = NewRamdisk });
        Refused("vendor_boot-v4", new ImageEdits { Fragments = new ImageEdits().Fragments.Add("none", NewRamdisk) });
        Refused("vbmeta", new ImageEdits { Kernel = NewKernel });

        static void Refused(string name, ImageEdits edits) =>
            Should.Throw<DiagnosticException>(() => ImageEditor.Apply(ImageFile.Read(SampleFiles.All[name]()), edits)).Diagnostics[0].Code
                .ShouldBe(DiagnosticCodes.EditImpossible);
    }

    [Fact]
    public void The_proof_finds_an_old_kernel()
    {
        var old = SampleFiles.Boot(0);
        var edited = ImageEditor.Apply(ImageFile.Read(old), new ImageEdits { Kernel = NewKernel, Ramdisk = NewRamdisk, CommandLine = "x" });

        ImageProof.Check(old, edited.Expectation, out _).Select(e => e.Code)
            .ShouldBe([
                DiagnosticCodes.BootImageKernelDiffers, DiagnosticCodes.BootImageRamdiskDiffers, DiagnosticCodes.BootImageHeaderInvalid,
            ]);
    }

    [Fact]
    public void The_vbmeta_image_follows_the_boot_image()
    {
        var boot = ImageFile.Read(SampleFiles.Footed(SampleFiles.Boot(4), "boot", 0));
        using var key = Keys.Read(2048);
        var vbmeta = ImageFile.Read(SampleFiles.Vbmeta());

        var bytes = VbmetaUpdate.Apply(vbmeta, [(boot, null)], key, isAsked: true, out _);

        bytes.Length.ShouldBe(8192);
        var inspection = ImageInspection.Of(
            ImageFile.Read(bytes), [], new InspectionOptions { Partitions = new InspectionOptions().Partitions.Add("boot", boot) });
        inspection.Verdict.Digest.State.ShouldBe(AnswerState.Good);
        inspection.Verdict.Signature.State.ShouldBe(AnswerState.Good);
    }

    private static ReadOnlyMemory<byte> Content(ReadOnlyMemory<byte> stream)
    {
        Decompressor.TryDecompress(stream, out var data, out var error).ShouldBeTrue(error?.Message);
        return data!.Content;
    }
}
