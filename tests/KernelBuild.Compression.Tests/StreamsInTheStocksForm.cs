using System.Buffers.Binary;
using KernelBuild.Compression.Codecs;
using KernelBuild.Testing;

namespace KernelBuild.Compression.Tests;

/// <summary>What takes the place of a stream has its form; the programs of the formats make the old one and unpack the new one.</summary>
public sealed class StreamsInTheStocksForm
{
    private static readonly byte[] _old = Content(1);
    private static readonly byte[] _new = Content(2);

    [TheoryWith("lz4")]
    [InlineData("-9 -B4")]
    [InlineData("-1 -B5 --content-size")]
    [InlineData("-9 -B6 -BX --no-frame-crc")]
    [InlineData("-9 -B7 -BD")]
    public void An_lz4_frame_keeps_its_block_size_and_its_checksums(string options)
    {
        var stored = Run("lz4", ["-z", "-c", .. options.Split(' ')], _old);
        var replaced = Replaced(CompressionFormat.Lz4Frame, stored);

        // flags but for linked blocks, and the code of the block size
        (replaced[4] & ~0x20).ShouldBe(stored[4] & ~0x20);
        replaced[5].ShouldBe(stored[5]);
        Run("lz4", ["-d", "-c"], replaced).ShouldBe(_new);
    }

    [TheoryWith("bzip2")]
    [InlineData("-1")]
    [InlineData("-9")]
    public void A_bzip2_stream_keeps_its_block_size(string level)
    {
        var stored = Run("bzip2", ["-z", "-c", level], _old);
        var replaced = Replaced(CompressionFormat.Bzip2, stored);
        replaced[3].ShouldBe(stored[3]);
        Run("bzip2", ["-d", "-c"], replaced).ShouldBe(_new);
    }

    [TheoryWith("xz")]
    [InlineData("-1")]
    [InlineData("-9")]
    public void A_lzma_stream_keeps_its_dictionary(string level)
    {
        var stored = Run("xz", ["--format=lzma", "-z", "-c", level], _old);
        var replaced = Replaced(CompressionFormat.Lzma, stored);
        replaced[..5].ShouldBe(stored[..5]);
        Run("xz", ["--format=lzma", "-d", "-c"], replaced).ShouldBe(_new);
    }

    [TheoryWith("lz4")]
    [InlineData(CompressionFormat.Lz4Legacy)]
    public void The_length_behind_a_stream_is_that_of_the_new_content(CompressionFormat format)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, _old.Length);
        byte[] stored = [.. Run("lz4", ["-l", "-9", "-c"], _old), .. length];
        var replaced = Replaced(format, stored, checkContent: false);
        BinaryPrimitives.ReadInt32LittleEndian(replaced.AsSpan(replaced.Length - 4)).ShouldBe(_new.Length);
        Run("lz4", ["-d", "-c"], replaced[..^4]).ShouldBe(_new);
    }

    private static byte[] Replaced(CompressionFormat format, byte[] stored, bool checkContent = true)
    {
        var replaced = Compressor.Replace(format, stored, _old, _new, out _).ToArray();
        if (checkContent)
        {
            Decompressor.TryDecompress(replaced, out var content, out var error).ShouldBeTrue(error?.Message);
            content!.Content.ToArray().ShouldBe(_new);
            content.Format.ShouldBe(format);
        }

        return replaced;
    }

    private static byte[] Run(string program, string[] arguments, byte[] input) => Oracle.Output(program, arguments, input, ".");

    private static byte[] Content(int seed)
    {
        var random = new Random(seed);
        var words = Enumerable.Range(0, 200).Select(_ => BitConverter.GetBytes(random.NextInt64())).ToArray();
        return [.. Enumerable.Range(0, 20_000 + (seed * 777)).SelectMany(_ => words[random.Next(words.Length)])];
    }
}
