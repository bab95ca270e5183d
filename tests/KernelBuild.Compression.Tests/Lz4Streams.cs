using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Compression.Tests;

public sealed class Lz4Streams
{
    public static TheoryData<int> Lengths() =>
        [1, 4, 5, 12, 13, 14, 20, 270, 4096, 65535, 65536, 70_000, 1_000_003, Lz4Legacy.BlockLength, Lz4Legacy.BlockLength + 1];

    [TheoryWith("lz4")]
    [MemberData(nameof(Lengths))]
    public void What_we_compress_lz4_decompresses(int length)
    {
        foreach (var content in new[] { Samples.Compressible(length, length), Samples.Random(length, length), new byte[length] })
        {
            Same(Oracle.Output("lz4", ["-dc"], Lz4Legacy.Compress(content)), content);
        }
    }

    [TheoryWith("lz4")]
    [MemberData(nameof(Lengths))]
    public void What_lz4_compresses_we_decompress(int length)
    {
        foreach (var content in new[] { Samples.Compressible(length, length), Samples.Random(length, length), new byte[length] })
        {
            foreach (var level in new[] { "-1", "-12" })
            {
                Decompressor.TryDecompress(Oracle.Output("lz4", ["-l", level, "-c"], content), out var data, out _).ShouldBeTrue();
                Same(data.Content.Span, content);
                data.Format.ShouldBe(CompressionFormat.Lz4Legacy);
            }
        }
    }

    [Fact]
    public void What_we_compress_we_decompress_at_every_small_length()
    {
        for (var length = 0; length < 400; length++)
        {
            foreach (var content in new[] { Samples.Compressible(length, length), Samples.Random(length, length), new byte[length] })
            {
                Lz4Legacy.TryDecompress(Lz4Legacy.Compress(content), out var data, out _).ShouldBeTrue();
                Same(data.Content.Span, content);
            }
        }
    }

    [Fact]
    public void Text_becomes_smaller()
    {
        var content = Samples.Compressible(1, 1_000_000);

        Lz4Legacy.Compress(content).Length.ShouldBeLessThan(content.Length / 2);
    }

    [Fact]
    public void A_repeated_magic_and_the_length_that_Linux_appends_are_accepted()
    {
        var content = Samples.Compressible(1, 70_000);
        var stored = Lz4Legacy.Compress(content);

        Lz4Legacy.TryDecompress((byte[])[.. stored, .. stored, .. BitConverter.GetBytes(140_000)], out var data, out _).ShouldBeTrue();

        Same(data.Content.Span, [.. content, .. content]);
        Lz4Legacy.TryDecompress((byte[])[.. stored, .. BitConverter.GetBytes(70_001)], out _, out _).ShouldBeFalse();
    }

    /// <summary>Blocks are decoded side by side; where they go depends on each but the last being full, and these are not.</summary>
    [TheoryWith("lz4")]
    [InlineData(20_000_003, 0)]
    [InlineData(20_000_003, 17_000_001)]
    [InlineData(3_000_000, 20_000_003)]
    public void Frames_of_many_blocks_and_short_blocks_in_the_middle_are_read(int first, int second)
    {
        var (one, two) = (Samples.Compressible(1, first), Samples.Compressible(2, second));
        var (storedOne, storedTwo) = (Oracle.Output("lz4", ["-l", "-1", "-c"], one), Oracle.Output("lz4", ["-l", "-12", "-c"], two));
        byte[] frames = [.. storedOne, .. storedTwo];
        byte[] blocks = [.. storedOne, .. storedTwo.AsSpan(Math.Min(4, storedTwo.Length))];

        foreach (var stored in (byte[][])[frames, blocks, [.. blocks, .. BitConverter.GetBytes(first + second)]])
        {
            Lz4Legacy.TryDecompress(stored, out var data, out _).ShouldBeTrue();
            Same(data.Content.Span, [.. one, .. two]);
            data.CompressedLength.ShouldBe(stored.Length);
        }
    }

    [Fact]
    public void Damage_in_the_middle_of_many_blocks_is_told_with_the_offset_of_its_block()
    {
        var stored = Lz4Legacy.Compress(Samples.Compressible(1, 20_000_000));
        var second = 8 + BitConverter.ToInt32(stored, 4);
        stored.AsSpan(second + 4, 3).Clear(); // no literals, a match at the distance 0

        Lz4Legacy.TryDecompress(stored, out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
        error.Offset.ShouldBe(second);
    }

    [Fact]
    public void A_length_of_zero_ends_the_stream()
    {
        var stored = Lz4Legacy.Compress(Samples.Compressible(1, 1000));

        Lz4Legacy.TryDecompress((byte[])[.. stored, .. new byte[50]], out var data, out _).ShouldBeTrue();

        data.CompressedLength.ShouldBe(stored.Length);
    }

    [Fact]
    public void A_stream_cut_short_is_an_error_with_the_offset_of_its_block()
    {
        var stored = Lz4Legacy.Compress(Samples.Compressible(1, 20_000));
        for (var length = 5; length < stored.Length; length++)
        {
            Lz4Legacy.TryDecompress(stored.AsMemory(0, length), out _, out var error).ShouldBeFalse();
            error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
            error.Offset.ShouldBe(4);
        }
    }

    [Theory]
    [InlineData("10", "41", "no offset behind the literal is an end, but one byte is none", "0000")]
    [InlineData("10", "41", "offset 0", "000041")]
    [InlineData("10", "41", "offset before the start", "020041")]
    [InlineData("1f", "41", "length without an end", "0100ffff")]
    [InlineData("f0", "ff", "literals without an end", "ffff")]
    [InlineData("20", "41", "literals beyond the end", "")]
    public void A_malformed_block_is_refused(string token, string literals, string why, string rest)
    {
        var block = Convert.FromHexString(token + literals + rest);

        Lz4Legacy
            .TryDecompress((byte[])[0x02, 0x21, 0x4c, 0x18, .. BitConverter.GetBytes(block.Length), .. block], out _, out var error)
            .ShouldBeFalse(why);
        error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
        error.Offset.ShouldBe(4);
    }

    [Fact]
    public void Content_beyond_the_limit_is_an_error()
    {
        var stored = Lz4Legacy.Compress(new byte[20_000_000]);

        Lz4Legacy.TryDecompress(stored, out _, out var error, maximumLength: 19_999_999).ShouldBeFalse();
        error.Message.ShouldContain("19999999");
        Lz4Legacy.TryDecompress(stored, out _, out _, maximumLength: 20_000_000).ShouldBeTrue();
    }

    /// <summary>Shouldly compares element by element, which takes seconds for megabytes.</summary>
    private static void Same(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected)
    {
        actual.Length.ShouldBe(expected.Length);
        actual.CommonPrefixLength(expected).ShouldBe(expected.Length);
    }
}
