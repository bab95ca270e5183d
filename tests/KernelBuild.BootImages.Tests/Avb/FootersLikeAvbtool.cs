using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Avb;

/// <summary>The oracle is avbtool's work in real images: what it made must come out again, byte for byte.</summary>
public sealed class FootersLikeAvbtool
{
    [TheoryWith("xz", "coral-dtbo.img.xz", "amlogic-vendor_boot-v3.img.xz")]
    [InlineData("coral-dtbo.img.xz")]
    [InlineData("amlogic-vendor_boot-v3.img.xz")]
    public void An_unsigned_real_image_stripped_and_given_its_footer_again_is_the_same(string name)
    {
        var bytes = Cases.Unpack(name);
        var file = ImageFile.Read(bytes);
        var hash = file.Vbmeta!.Descriptors.OfType<HashDescriptor>().Single();
        var contents = VbmetaContents.From(file.Vbmeta);

        // Nothing is taken over as bytes: descriptors are made anew from what they say.
        var again = HashFooter.Add(file.Content, new HashFooterOptions
        {
            PartitionName = hash.PartitionName,
            PartitionSize = bytes.Length,
            HashAlgorithm = hash.HashAlgorithm,
            Salt = hash.Salt,
            Vbmeta = contents with { Descriptors = [.. file.Vbmeta.Descriptors.Where(d => d != hash).Select(Anew)] },
        });

        again.ToArray().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [TheoryWith("xz", "cuttlefish-init_boot-v4.img.xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz")]
    [InlineData("cuttlefish-init_boot-v4.img.xz")]
    [InlineData("coral-vbmeta.img.xz")]
    [InlineData("coral-vbmeta_system.img.xz")]
    public void A_signed_real_structure_made_again_differs_in_key_and_signature_only(string name)
    {
        var vbmeta = ImageFile.Read(Cases.Unpack(name)).Vbmeta!;
        using var key = Keys.Read(4096);

        var again = Vbmeta.Read(VbmetaWriter.Write(
            (VbmetaContents.From(vbmeta) with { Descriptors = [.. vbmeta.Descriptors.Select(Anew)] }).SignedWith(key)));

        again.HeaderBytes.ToArray().ShouldBe(vbmeta.HeaderBytes.ToArray());
        again.Bytes.Length.ShouldBe(vbmeta.Bytes.Length);
        var auxiliary = again.AuxiliaryBlock.ToArray();
        vbmeta.PublicKey.Span.CopyTo(auxiliary.AsSpan((int)vbmeta.Header.PublicKeyOffset));
        auxiliary.ShouldBe(vbmeta.AuxiliaryBlock.ToArray());
    }

    [FactWith("xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz", "coral-dtbo.img.xz")]
    public void The_images_of_coral_belong_together()
    {
        var dtbo = ImageFile.Read(Cases.Unpack("coral-dtbo.img.xz"));
        var system = ImageFile.Read(Cases.Unpack("coral-vbmeta_system.img.xz"));
        var vbmeta = ImageFile.Read(Cases.Unpack("coral-vbmeta.img.xz"));
        var options = new InspectionOptions
        {
            Partitions = new InspectionOptions().Partitions.Add("dtbo", dtbo).Add("vbmeta_system", system),
        };

        var inspection = ImageInspection.Of(vbmeta, [], options);

        inspection.Findings.Where(f => f.Severity == DiagnosticSeverity.Error).ShouldBeEmpty();
        inspection.Verdict.Digest.Text.ShouldStartWith("matches: dtbo;");
        inspection.Verdict.Signature.State.ShouldBe(AnswerState.Good);
        vbmeta.Vbmeta!.Descriptors.OfType<ChainPartitionDescriptor>().Select(c => c.PartitionName).ShouldContain("vbmeta_system");
    }

    [FactWith("xz", "cuttlefish-init_boot-v4.img.xz")]
    public void The_test_key_of_AOSP_is_called_by_its_name()
    {
        var verdict = ImageInspection.Of(ImageFile.Read(Cases.Unpack("cuttlefish-init_boot-v4.img.xz")), []).Verdict;

        verdict.Id.State.ShouldBe(AnswerState.Absent);
        verdict.Digest.State.ShouldBe(AnswerState.Good);
        verdict.Signature.State.ShouldBe(AnswerState.Good);
        verdict.KeyAndPolicy.State.ShouldBe(AnswerState.Bad);
        verdict.KeyAndPolicy.Text.ShouldContain("AOSP test key, RSA 4096");
    }

    [Fact]
    public void An_image_that_leaves_no_room_for_its_metadata_is_refused()
    {
        var options = new HashFooterOptions { PartitionName = "boot", Salt = new byte[32], PartitionSize = 1 << 20 };
        var most = (1 << 20) - 65536 - 4096;

        HashFooter.Add(new byte[most], options).Length.ShouldBe(1 << 20);
        Should.Throw<DiagnosticException>(() => HashFooter.Add(new byte[most + 1], options)).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.ImageLargerThanPartition);
        Should.Throw<DiagnosticException>(() => HashFooter.Add(new byte[5], options with { PartitionSize = 1000 })).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.ImageLargerThanPartition);
        HashFooter.Add(new byte[5000], options with { PartitionSize = null }).Length.ShouldBe(77824);
    }

    private static AvbDescriptor Anew(AvbDescriptor descriptor) => descriptor switch
    {
        PropertyDescriptor p => PropertyDescriptor.Create(p.Key, p.Value),
        HashDescriptor h => HashDescriptor.Create(h.PartitionName, h.HashAlgorithm, h.ImageSize, h.Salt, h.Digest, h.Flags),
        ChainPartitionDescriptor c => ChainPartitionDescriptor.Create(c.PartitionName, c.RollbackIndexLocation, c.PublicKey, c.Flags),
        KernelCommandLineDescriptor k => KernelCommandLineDescriptor.Create(k.Text, k.Flags),
        _ => descriptor,
    };
}
