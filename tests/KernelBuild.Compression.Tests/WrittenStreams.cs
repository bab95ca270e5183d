using KernelBuild.Compression.Codecs;
using KernelBuild.Testing;

namespace KernelBuild.Compression.Tests;

/// <summary>What is written, the formats' own programs unpack.</summary>
public sealed class WrittenStreams
{
    private static readonly byte[] Content = Text(9_000_000);

    [TheoryWith("lz4", "xz", "bzip2")]
    [InlineData(CompressionFormat.Lz4Frame, "lz4", 0)]
    [InlineData(CompressionFormat.Lz4Frame, "lz4", 1)]
    [InlineData(CompressionFormat.Lz4Frame, "lz4", 9_000_000)]
    [InlineData(CompressionFormat.Lzma, "xz", 1)]
    [InlineData(CompressionFormat.Lzma, "xz", 300_000)]
    [InlineData(CompressionFormat.Bzip2, "bzip2", 1)]
    [InlineData(CompressionFormat.Bzip2, "bzip2", 300_000)]
    public void A_stream_is_unpacked_by_the_program_of_its_format(CompressionFormat format, string program, int length)
    {
        var content = Content[..length];

        var stored = Compressor.Compress(format, content).ToArray();

        string[] options = program == "xz" ? ["--format=lzma"] : [];
        Oracle.Output(program, [.. options, "-d", "-c"], stored).AsSpan().SequenceEqual(content).ShouldBeTrue();
        Decompressor.TryDecompress(stored, out var data, out _).ShouldBeTrue();
        data!.Format.ShouldBe(format);
        data.Content.Span.SequenceEqual(content).ShouldBeTrue();
    }

    /// <summary>Blocks in which nothing changes stay as they are; the others stay but for what copies from the changed bytes.</summary>
    [TheoryWith("lz4")]
    [InlineData(0, 4)]
    [InlineData(5_000_000, 1)]
    [InlineData(8 * 1024 * 1024 - 2, 4)]
    [InlineData(8_999_996, 4)]
    [InlineData(1_000_000, 4000)]
    public void A_stream_whose_content_changes_in_a_few_bytes_is_not_compressed_again(int at, int count)
    {
        var stored = Oracle.Output("lz4", ["-l", "-9", "-c"], Content);
        var changed = (byte[])Content.Clone();
        for (var i = at; i < at + count; i++)
        {
            changed[i] ^= 0x5a;
        }

        byte[] withLength = [.. stored, .. BitConverter.GetBytes(Content.Length)];
        var replaced = Lz4Patch.TryReplace(withLength, Content, changed)!.Value.ToArray();

        Oracle.Output("lz4", ["-d", "-c"], replaced[..^4]).AsSpan().SequenceEqual(changed).ShouldBeTrue();
        replaced.AsSpan().EndsWith(BitConverter.GetBytes(Content.Length)).ShouldBeTrue();
        replaced.Length.ShouldBeLessThan(withLength.Length + (200 * count) + 2000);
    }

    [Fact]
    public void Many_changes_and_other_lengths_are_no_small_change()
    {
        var stored = Compressor.Compress(CompressionFormat.Lz4Legacy, Content.AsMemory(0, 100_000));
        var other = new byte[100_000];

        Lz4Patch.TryReplace(stored, Content.AsMemory(0, 100_000), other).ShouldBeNull();
        Lz4Patch.TryReplace(stored, Content.AsMemory(0, 100_000), Content.AsMemory(0, 99_999)).ShouldBeNull();
        Lz4Patch.TryReplace(stored[..500], Content.AsMemory(0, 100_000), Content.AsMemory(0, 100_000)).ShouldBeNull();
    }

    /// <summary>Words that repeat, so that matches overlap and reach far.</summary>
    private static byte[] Text(int length)
    {
        var random = new Random(11);
        var words = Enumerable.Range(0, 3000)
            .Select(_ => Enumerable.Range(0, random.Next(1, 12)).Select(_ => (byte)random.Next(256)).ToArray())
            .ToArray();
        var text = new List<byte>(length + 20);
        while (text.Count < length)
        {
            text.AddRange(words[random.Next(random.Next(2, words.Length))]);
            if (random.Next(50) == 0)
            {
                text.AddRange(Enumerable.Repeat((byte)random.Next(4), random.Next(300)));
            }
        }

        return [.. text.Take(length)];
    }
}
