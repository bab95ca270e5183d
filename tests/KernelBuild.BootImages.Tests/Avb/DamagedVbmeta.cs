using System.Buffers.Binary;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Avb;

/// <summary>One damaged field at a time: each has a finding of its own, with the offset of the field.</summary>
public sealed class DamagedVbmeta
{
    private static readonly byte[] Good = Make();

    public static TheoryData<int, ulong> Fields() => new()
    {
        { VbmetaFields.AuthenticationBlockSize, ulong.MaxValue },
        { VbmetaFields.AuthenticationBlockSize, 63 },
        { VbmetaFields.AuxiliaryBlockSize, ulong.MaxValue - 100 },
        { VbmetaFields.AuxiliaryBlockSize, 1 << 20 },
        { VbmetaFields.HashOffset, ulong.MaxValue },
        { VbmetaFields.HashSize, ulong.MaxValue },
        { VbmetaFields.SignatureOffset, 1 << 16 },
        { VbmetaFields.SignatureSize, 1 << 16 },
        { VbmetaFields.PublicKeyOffset, ulong.MaxValue },
        { VbmetaFields.PublicKeySize, 1 << 16 },
        { VbmetaFields.PublicKeyMetadataOffset, 1 << 16 },
        { VbmetaFields.PublicKeyMetadataSize, 1 << 16 },
        { VbmetaFields.DescriptorsOffset, 1 << 16 },
        { VbmetaFields.DescriptorsSize, 1 << 16 },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_that_leads_out_of_the_structure_is_an_error(int field, ulong value)
    {
        var bytes = (byte[])Good.Clone();
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(field), value);

        Vbmeta.TryRead(bytes, out _, out var findings).ShouldBeFalse();

        var finding = findings.Single();
        finding.Code.ShouldBe(DiagnosticCodes.VbmetaInvalid);
        finding.Severity.ShouldBe(DiagnosticSeverity.Error);
        finding.Found.ShouldNotBeNull();
        finding.Expected.ShouldNotBeNull();
        finding.Consequence.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_descriptor_that_does_not_fit_is_an_error_with_its_offset()
    {
        var hash = Vbmeta.Read(Good).Descriptors[0];
        foreach (var (field, value) in new[] { (8, 1u << 30), (56, 0xffff_ffff), (60, 0xffff_ffff), (64, 1000u) })
        {
            var bytes = (byte[])Good.Clone();
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(hash.Offset + field), value);
            Vbmeta.TryRead(bytes, out _, out var findings).ShouldBeFalse();
            findings.Single().Code.ShouldBe(DiagnosticCodes.AvbDescriptorInvalid);
            findings.Single().Offset.ShouldNotBeNull().ShouldBeInRange(hash.Offset, hash.Offset + 16);
        }
    }

    [Fact]
    public void A_structure_cut_anywhere_is_an_error_and_never_an_exception()
    {
        for (var length = 0; length < Good.Length; length++)
        {
            Vbmeta.TryRead(Good.AsMemory(0, length), out _, out var findings).ShouldBeFalse();
            findings.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void Reserved_bytes_and_a_release_string_without_end_are_warnings()
    {
        var bytes = (byte[])Good.Clone();
        bytes[VbmetaFields.Reserved + 3] = 1;
        bytes.AsSpan(VbmetaFields.ReleaseString, VbmetaFields.ReleaseStringLength).Fill((byte)'x');

        Vbmeta.TryRead(bytes, out _, out var findings).ShouldBeTrue();
        findings.Select(f => f.Severity).ShouldBe([DiagnosticSeverity.Warning, DiagnosticSeverity.Warning]);
    }

    private static byte[] Make()
    {
        using var key = Keys.Read(2048);
        return VbmetaWriter.Write(
            new VbmetaContents
            {
                Descriptors = [HashDescriptor.Create("boot", "sha256", 100, new byte[32], new byte[32])],
                PublicKeyMetadata = new byte[10],
            }.SignedWith(key));
    }
}
