using System.Buffers.Binary;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Tests;

/// <summary>What a stream announces, or unfolds to, takes no memory beyond the caller's limit and the dictionary.</summary>
public sealed class MemoryBounds
{
    private const int Limit = 1_000_000;
    private const int Content = 60_000_000;
    private const int LargestDictionary = 8 << 20;

    [TheoryWith("xz", "zstd", "bzip2", "lz4", "gzip")]
    [InlineData("xz", "-c -6")]
    [InlineData("xz", "-c -6 --format=lzma")]
    [InlineData("zstd", "-c")]
    [InlineData("bzip2", "-c")]
    [InlineData("lz4", "-c")]
    [InlineData("lz4", "-c -l")]
    [InlineData("gzip", "-c")]
    public void A_stream_that_unfolds_beyond_the_limit(string program, string options)
    {
        var stored = Oracle.Output(program, options.Split(' '), new byte[Content]);

        var taken = Taken(() =>
        {
            Decompressor.TryDecompress(stored, out _, out var error, Limit).ShouldBeFalse();
            error!.Message.ShouldContain("1000000");
        });

        // bzip2's tables for 900 kB, LZ4's block of 8 MiB
        taken.ShouldBeLessThan(LargestDictionary + (8 << 20) + (4 * stored.Length));
    }

    [Theory]
    [InlineData(0x0010_0000, (1L << 40) - 1)]
    [InlineData(0x0010_0000, Content)]
    public void An_lzma_header_that_announces_more_than_the_limit(int dictionary, long length)
    {
        var stored = LzmaHeader((uint)dictionary, length);

        Taken(() => Decompressor.TryDecompress(stored, out _, out _, Limit).ShouldBeFalse()).ShouldBeLessThan(Limit);
    }

    [Fact]
    public void A_dictionary_that_is_too_large_is_refused_before_there_is_memory_for_it()
    {
        var taken = Taken(() =>
        {
            Decompressor.TryDecompress(LzmaHeader(1U << 31, -1), out _, out var error, Limit).ShouldBeFalse();
            error!.Code.ShouldBe(DiagnosticCodes.CompressionUnsupported);
        });

        taken.ShouldBeLessThan(Limit);
    }

    private static byte[] LzmaHeader(uint dictionary, long length)
    {
        var stored = new byte[100];
        stored[0] = 0x5d;
        BinaryPrimitives.WriteUInt32LittleEndian(stored.AsSpan(1), dictionary);
        BinaryPrimitives.WriteInt64LittleEndian(stored.AsSpan(5), length);
        return stored;
    }

    private static long Taken(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
