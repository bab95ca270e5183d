using System.Security.Cryptography;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Compression.Tests;

public sealed class GzipStreams
{
    public static TheoryData<int> Lengths() => [0, 1, 100, 8191, 8192, 65535, 65536, 1_000_003];

    [TheoryWith("gzip")]
    [MemberData(nameof(Lengths))]
    public void What_we_compress_gzip_decompresses(int length)
    {
        var content = Samples.Compressible(length, length);
        var stored = Gzip.Compress(content);

        Oracle.Output("gzip", ["-t"], stored);
        Oracle.Output("gzip", ["-dc"], stored).ShouldBe(content);
    }

    [TheoryWith("gzip")]
    [MemberData(nameof(Lengths))]
    public void What_gzip_compresses_we_decompress(int length)
    {
        foreach (var content in new[] { Samples.Compressible(length, length), Samples.Random(length, length) })
        {
            var stored = Oracle.Output("gzip", ["-6", "-c"], content);
            Decompressor.TryDecompress(stored, out var data, out _).ShouldBeTrue();
            data.Content.ToArray().ShouldBe(content);
            data.CompressedLength.ShouldBe(stored.Length);
            data.Format.ShouldBe(CompressionFormat.Gzip);
        }
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_runtime()
    {
        var stored = Gzip.Compress(Samples.Compressible(1, 500_000));

        stored[..10].ShouldBe<byte>([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
        Convert.ToHexStringLower(SHA256.HashData(stored)).ShouldBe("ad3b6f67ac30cbce5a746e2277169c261782fbe863bae12f2605697cb1059d72");
    }

    [FactWith("gzip")]
    public void A_header_with_name_and_time_is_skipped()
    {
        var directory = Directory.CreateTempSubdirectory("gzip-").FullName;
        try
        {
            var content = Samples.Compressible(3, 5000);
            File.WriteAllBytes(Path.Combine(directory, "a name"), content);
            var stored = Oracle.Output("gzip", ["-N", "-c", "a name"], directory: directory);
            Gzip.TryDecompress(stored, out var data, out _).ShouldBeTrue();
            data.Content.ToArray().ShouldBe(content);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void All_optional_fields_of_a_header_are_skipped()
    {
        byte[] plain = Gzip.Compress("content"u8.ToArray());
        byte[] stored =
        [
            0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3, .. "name\0comment\0"u8, 0xaa, 0xbb, .. plain.AsSpan(10),
        ];

        Gzip.TryDecompress(stored, out var data, out _).ShouldBeTrue();
        data.Content.ToArray().ShouldBe("content"u8.ToArray());
        for (var length = 0; length < stored.Length; length++)
        {
            Gzip.TryDecompress(stored.AsMemory(0, length), out _, out var error).ShouldBeFalse();
            error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
        }
    }

    [Fact]
    public void Members_one_after_another_are_one_content()
    {
        var a = Samples.Compressible(1, 100_000);
        var b = Samples.Random(2, 50_000);
        byte[] stored = [.. Gzip.Compress(a), .. Gzip.Compress(ReadOnlyMemory<byte>.Empty), .. Gzip.Compress(b)];

        Gzip.TryDecompress(stored, out var data, out _).ShouldBeTrue();

        data.Content.ToArray().ShouldBe([.. a, .. b]);
        data.CompressedLength.ShouldBe(stored.Length);
    }

    [Fact]
    public void What_follows_the_last_member_is_left_alone()
    {
        foreach (var length in (int[])[1, 4, 8, 20_000])
        {
            var member = Gzip.Compress(Samples.Compressible(1, 100_000));
            Gzip.TryDecompress((byte[])[.. member, .. new byte[length]], out var data, out _).ShouldBeTrue();
            data.CompressedLength.ShouldBe(member.Length);
        }
    }

    [Fact]
    public void A_stream_cut_short_is_an_error()
    {
        var stored = Gzip.Compress(Samples.Random(1, 20_000));
        for (var length = 0; length < stored.Length; length += length < 20 || length > stored.Length - 20 ? 1 : 997)
        {
            Gzip.TryDecompress(stored.AsMemory(0, length), out _, out var error).ShouldBeFalse();
            error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
        }
    }

    [Fact]
    public void A_wrong_CRC_or_length_is_an_error()
    {
        var stored = Gzip.Compress(Samples.Compressible(1, 1000));
        for (var back = 1; back <= 8; back++)
        {
            stored[^back] ^= 1;
            Gzip.TryDecompress(stored, out _, out var error).ShouldBeFalse();
            error.Message.ShouldContain("CRC and length");
            stored[^back] ^= 1;
        }
    }

    [Fact]
    public void Content_beyond_the_limit_is_an_error_and_takes_no_memory()
    {
        var bomb = Gzip.Compress(new byte[50_000_000]);

        Gzip.TryDecompress(bomb, out _, out var error, maximumLength: 49_999_999).ShouldBeFalse();
        error.Message.ShouldContain("49999999");
        Gzip.TryDecompress(bomb, out _, out _, maximumLength: 50_000_000).ShouldBeTrue();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Gzip.TryDecompress(bomb, out _, out _, maximumLength: 1000).ShouldBeFalse();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }
}
