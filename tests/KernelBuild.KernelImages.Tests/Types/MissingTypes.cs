using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Tests.Types;

public sealed class MissingTypes
{
    /// <summary>struct btf_header, little endian: magic, version, flags, hdr_len, type_off, type_len, str_off, str_len.</summary>
    private static readonly byte[] Header = [0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0];

    /// <summary>BTF_KIND_INT "int", 4 bytes, signed.</summary>
    private static readonly byte[] Int = [1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1];

    private static readonly byte[] Strings = [0, (byte)'i', (byte)'n', (byte)'t', 0];

    [Fact]
    public void A_kernel_without_types_says_so()
    {
        TypeTable.TryFind(new byte[4096], out _, out var error).ShouldBeFalse();

        (error!.Code, error.Offset).ShouldBe(("KB8009", null));
        error.Fix.ShouldContain("CONFIG_DEBUG_INFO_BTF");
    }

    [Fact]
    public void Types_are_found_wherever_they_lie()
    {
        TypeTable.TryFind((byte[])[.. new byte[100], .. Header, .. Int, .. Strings], out var types, out _).ShouldBeTrue();

        types!.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(12)] // type_len
    [InlineData(20)] // str_len
    [InlineData(31)] // the kind of the first type
    public void Damaged_types_are_named_with_their_place(int at)
    {
        byte[] image = [.. new byte[100], .. Header, .. Int, .. Strings];
        image[100 + at] = 0xff;

        TypeTable.TryFind(image, out _, out var error).ShouldBeFalse();

        (error!.Code, error.Offset).ShouldBe(("KB8009", 100L));
    }
}
