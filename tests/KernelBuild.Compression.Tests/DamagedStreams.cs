using System.Diagnostics;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Compression.Tests;

/// <summary>
/// Streams with one bit changed, or cut, or with others behind them: the program that made them says whether they are good, and what
/// they hold.
/// </summary>
public sealed class DamagedStreams
{
    public static TheoryData<string, string, string> Forms() => new()
    {
        { "xz", "-c", "-dc" },
        { "xz", "-c --check=crc32 --arm64 --lzma2=preset=6", "-dc" },
        { "xz", "-c --check=sha256 --x86 --lzma2", "-dc" },
        { "xz", "-c --check=none", "-dc" },
        { "xz", "-c --check=crc32 --delta=dist=4 --lzma2", "-dc" },
        { "xz", "-c --check=crc32 --block-size=300 -T2", "-dc" },
        { "xz", "-c --format=lzma", "-dc --format=lzma" },
        { "zstd", "-c", "-dc" },
        { "zstd", "-c -19 --no-check", "-dc" },
        { "bzip2", "-c", "-dc" },
        { "lz4", "-c -BX --content-size -B4", "-dc" },
        { "lz4", "-c -l", "-dc" },
    };

    [TheoryWith("xz", "zstd", "bzip2", "lz4")]
    [MemberData(nameof(Forms))]
    public void A_changed_bit_is_seen_where_the_program_sees_it(string program, string compress, string decompress)
    {
        var stored = Oracle.Output(program, compress.Split(' '), Samples.Compressible(5, 900));
        var step = Math.Max(1, stored.Length / 100);
        for (var at = 4; at < stored.Length; at += at < 40 || at > stored.Length - 60 ? 1 : step)
        {
            var damaged = (byte[])stored.Clone();
            damaged[at] ^= (byte)(1 << (at % 8));
            if (CompressionFormats.Recognize(damaged) == CompressionFormats.Recognize(stored))
            {
                SameVerdict(program, decompress, damaged, $"bit {at % 8} of byte {at} of {stored.Length}");
            }
        }
    }

    [TheoryWith("xz", "zstd", "bzip2", "lz4")]
    [MemberData(nameof(Forms))]
    public void A_cut_stream_is_refused_where_the_program_refuses_it(string program, string compress, string decompress)
    {
        var stored = Oracle.Output(program, compress.Split(' '), Samples.Compressible(6, 900));
        for (var length = 14; length < stored.Length; length += length < 40 || length > stored.Length - 40 ? 1 : stored.Length / 30)
        {
            SameVerdict(program, decompress, stored[..length], $"{length} of {stored.Length} bytes");
        }
    }

    [TheoryWith("xz", "zstd", "bzip2", "lz4")]
    [MemberData(nameof(Forms))]
    public void Streams_one_behind_another_are_one_content_if_the_program_says_so(string program, string compress, string decompress)
    {
        byte[][] streams = [.. new[] { 3000, 0, 50_000 }
            .Select(length => Oracle.Output(program, compress.Split(' '), Samples.Compressible(length, length)))];

        SameVerdict(program, decompress, [.. streams[0], .. streams[2]], "two");
        SameVerdict(program, decompress, [.. streams[0], .. streams[1], .. streams[2]], "three, an empty one among them");
    }

    [FactWith("xz")]
    public void A_cut_lzma_of_unknown_length_ends_soon_and_with_a_finding()
    {
        var stored = Oracle.Output("xz", ["-c", "--format=lzma"], Samples.Compressible(7, 300_000));
        var watch = Stopwatch.StartNew();
        for (var length = 13; length < stored.Length; length += length < 50 ? 1 : 4999)
        {
            Decompressor.TryDecompress(stored.AsMemory(0, length), out _, out var error).ShouldBeFalse();
            error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
        }

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [FactWith("xz")]
    public void A_filter_that_is_not_known_is_a_finding_of_its_own()
    {
        // A block header with the filter 0x3f before LZMA2, and its checksum; nothing behind it is looked at.
        byte[] header = [0x03, 0x01, 0x3f, 0x00, 0x21, 0x01, 0x16, 0, 0, 0, 0, 0];
        byte[] stored = [.. Oracle.Output("xz", ["-c"], []).AsSpan(0, 12), .. header, .. System.IO.Hashing.Crc32.Hash(header), 0, 0, 0, 0];

        Decompressor.TryDecompress(stored, out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.CompressionUnsupported);
        error.Message.ShouldContain("0x3f");
        error.Offset.ShouldBe(12);
    }

    /// <summary>What follows a stream is for the caller; a program refuses it, or takes it for another stream.</summary>
    private static void SameVerdict(string program, string decompress, byte[] stored, string what)
    {
        var (exitCode, content, _) = Oracle.Run(program, decompress.Split(' '), stored);
        var isRead = Decompressor.TryDecompress(stored, out var data, out var error);

        (isRead && data!.CompressedLength == stored.Length).ShouldBe(
            exitCode == 0, $"{what}: {error?.Message ?? $"{data?.CompressedLength} bytes of {stored.Length}"}");
        if (exitCode == 0)
        {
            data!.Content.Span.SequenceEqual(content).ShouldBeTrue(what);
        }
        else
        {
            (error?.Code ?? DiagnosticCodes.CompressedStreamInvalid)
                .ShouldBeOneOf(DiagnosticCodes.CompressedStreamInvalid, DiagnosticCodes.CompressionUnsupported);
        }
    }
}
