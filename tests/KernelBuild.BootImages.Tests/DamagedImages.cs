using System.Buffers.Binary;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class DamagedImages
{
    public static TheoryData<uint, int, uint, string> Fields()
    {
        var fields = new TheoryData<uint, int, uint, string>();
        for (uint version = 0; version <= 2; version++)
        {
            fields.Add(version, 0, 0x1234, DiagnosticCodes.BootImageMagicMissing);
            fields.Add(version, BootImageFields.KernelSize, 0xffff_fff0, DiagnosticCodes.BootImageTruncated);
            fields.Add(version, BootImageFields.KernelSize, 4999, DiagnosticCodes.BootImageIdMismatch);
            fields.Add(version, BootImageFields.RamdiskSize, 0xffff_fff0, DiagnosticCodes.BootImageTruncated);
            fields.Add(version, BootImageFields.RamdiskSize, 0, DiagnosticCodes.BootImageIdMismatch);
            fields.Add(version, BootImageFields.SecondSize, 0x8000_0000, DiagnosticCodes.BootImageTruncated);
            fields.Add(version, BootImageFields.SecondSize, 2047, DiagnosticCodes.BootImageIdMismatch);
            fields.Add(version, BootImageFields.PageSize, 0, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.PageSize, 2047, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.PageSize, 0x8000_0000, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.HeaderVersion, 5, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.HeaderVersion, 23_169_024, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.OsVersion, 0x1c00_018f, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.Id, 0xdead_beef, DiagnosticCodes.BootImageIdMismatch);
            fields.Add(version, BootImageFields.Id + 24, 1, DiagnosticCodes.BootImageIdMismatch);
            if (version >= 1)
            {
                fields.Add(version, BootImageFields.RecoveryDtboSize, 0xffff_ffff, DiagnosticCodes.BootImageTruncated);
                fields.Add(version, BootImageFields.RecoveryDtboOffset, 1, DiagnosticCodes.BootImageHeaderInvalid);
                fields.Add(version, BootImageFields.RecoveryDtboOffset + 4, 1, DiagnosticCodes.BootImageHeaderInvalid);
                fields.Add(version, BootImageFields.HeaderSize, 1632, DiagnosticCodes.BootImageHeaderInvalid);
            }
        }

        fields.Add(2, BootImageFields.DtbSize, 0xffff_ffff, DiagnosticCodes.BootImageTruncated);
        fields.Add(2, BootImageFields.DtbSize, 0, DiagnosticCodes.BootImageHeaderInvalid);
        for (uint version = 3; version <= 4; version++)
        {
            fields.Add(version, 0, 0x1234, DiagnosticCodes.BootImageMagicMissing);
            fields.Add(version, BootImageFields.V3KernelSize, 0xffff_fff0, DiagnosticCodes.BootImageTruncated);
            fields.Add(version, BootImageFields.V3KernelSize, 4999, DiagnosticCodes.BootImagePaddingNotZero);
            fields.Add(version, BootImageFields.V3RamdiskSize, 0xffff_fff0, DiagnosticCodes.BootImageTruncated);
            fields.Add(version, BootImageFields.V3OsVersion, 0x1c00_018f, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.V3HeaderSize, 1596, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.V3Reserved + 12, 1, DiagnosticCodes.BootImageHeaderInvalid);
            fields.Add(version, BootImageFields.HeaderVersion, 99, DiagnosticCodes.BootImageHeaderInvalid);
        }

        fields.Add(4, BootImageFields.V4SignatureSize, 0xffff_ffff, DiagnosticCodes.BootImageTruncated);
        fields.Add(4, BootImageFields.V4SignatureSize, 4095, "");
        return fields;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_wrong_field_is_reported_with_its_code_and_kept_as_it_is(uint version, int offset, uint value, string code)
    {
        var bytes = BootImage.Create(Samples.Contents(version)).ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);

        var isRead = BootImage.TryRead(bytes, out var image, out var diagnostics);

        var codes = diagnostics.Select(d => d.Code).ToList();
        if (isRead)
        {
            image!.ToArray().ShouldBe(bytes);
            diagnostics.ShouldAllBe(d => d.Severity == DiagnosticSeverity.Warning);
            codes.AddRange(BootImageId.Explain(BootImageId.Check(image)) is { } finding ? [finding.Code] : []);
        }
        else
        {
            diagnostics.Single().Severity.ShouldBe(DiagnosticSeverity.Error);
        }

        if (code.Length > 0)
        {
            codes.ShouldContain(code);
        }
        else
        {
            codes.ShouldBe(version == 4 && Samples.Contents(4).Signature.Span[^1] != 0 ? [DiagnosticCodes.BootImagePaddingNotZero] : []);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_byte_of_a_header_is_in_some_field(uint version)
    {
        var bytes = BootImage.Create(Samples.Contents(version)).ToArray();
        var silent = new List<int>();
        for (var offset = 0; offset < BootImageFields.HeaderLength(version); offset++)
        {
            bytes[offset] ^= 0x40;
            if (BootImage.TryRead(bytes, out var image, out _) && !image.ToArray().AsSpan().SequenceEqual(bytes))
            {
                silent.Add(offset);
            }

            bytes[offset] ^= 0x40;
        }

        silent.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_image_cut_anywhere_near_a_boundary_names_the_section_that_is_cut(uint version)
    {
        var image = BootImage.Create(Samples.Contents(version));
        var bytes = image.ToArray();
        foreach (var section in image.Sections)
        {
            var end = section.Offset + section.Content.Length;
            foreach (var length in new[] { section.Offset, section.Offset + 1, end - 1 })
            {
                BootImage.TryRead(bytes.AsMemory(0, (int)length), out _, out var diagnostics).ShouldBeFalse();
                var error = diagnostics.Single();
                error.Code.ShouldBe(DiagnosticCodes.BootImageTruncated);
                error.Offset.ShouldBe(section.Offset);
                error.Message.ShouldContain($"the {section.Name} needs {section.Content.Length} bytes");
                error.Message.ShouldContain($"has {length - section.Offset} there");
            }
        }

        var last = image.Sections[^1];
        BootImage.TryRead(bytes.AsMemory(0, (int)(last.Offset + last.Content.Length)), out var unpadded, out var none).ShouldBeTrue();
        none.ShouldBeEmpty();
        unpadded.Length.ShouldBe(last.Offset + last.Content.Length);
    }

    [Fact]
    public void A_header_cut_anywhere_is_an_error()
    {
        var bytes = BootImage.Create(Samples.Contents(2)).ToArray();
        for (var length = 0; length < 2048; length++)
        {
            BootImage.TryRead(bytes.AsMemory(0, length), out _, out var diagnostics).ShouldBeFalse();
            diagnostics.Single().Code.ShouldBe(length < 8 ? DiagnosticCodes.BootImageMagicMissing : DiagnosticCodes.BootImageTruncated);
        }
    }

    [Fact]
    public void Padding_that_is_not_zero_is_reported_with_its_place_and_kept()
    {
        var image = BootImage.Create(Samples.Contents(1));
        var bytes = image.ToArray();
        var place = image.Sections[1].Offset - 3;
        bytes[place] = 0xff;

        BootImage.TryRead(bytes, out var read, out var diagnostics).ShouldBeTrue();

        diagnostics.Single().Code.ShouldBe(DiagnosticCodes.BootImagePaddingNotZero);
        diagnostics.Single().Offset.ShouldBe(place);
        read.ToArray().ShouldBe(bytes);
    }

    [Fact]
    public void A_tail_is_kept()
    {
        byte[] bytes = [.. BootImage.Create(Samples.Contents(0)).ToArray(), .. "SEANDROIDENFORCE"u8];

        var image = BootImage.Read(bytes);

        image.Tail.ToArray().ShouldBe("SEANDROIDENFORCE"u8.ToArray());
        image.ToArray().ShouldBe(bytes);
    }

    [Fact]
    public void A_file_of_another_kind_is_called_by_its_name()
    {
        BootImage.TryRead("VNDRBOOT\u0003\0\0\0"u8.ToArray(), out _, out var diagnostics).ShouldBeFalse();
        diagnostics.Single().Message.ShouldContain("a vendor_boot image");
        Should.Throw<DiagnosticException>(() => BootImage.Read("PK\u0003\u0004"u8.ToArray())).Message.ShouldContain("zip archive");
    }
}
