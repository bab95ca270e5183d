using KernelBuild.BootImages.Files;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Compression.Tests;

/// <summary>The oracles are the programs that made the formats.</summary>
public sealed class CompressedStreams
{
    public static TheoryData<string, string, CompressionFormat> Programs() => new()
    {
        { "xz", "-c", CompressionFormat.Xz },
        { "xz", "-c --check=crc32 --arm64 --lzma2=preset=6", CompressionFormat.Xz },
        { "xz", "-c --check=sha256 -0", CompressionFormat.Xz },
        { "xz", "-c --format=lzma", CompressionFormat.Lzma },
        { "zstd", "-c", CompressionFormat.Zstd },
        { "zstd", "-c -19 --no-check", CompressionFormat.Zstd },
        { "bzip2", "-c", CompressionFormat.Bzip2 },
        { "lz4", "-c", CompressionFormat.Lz4Frame },
        { "lz4", "-c -BD -BX --content-size -B4", CompressionFormat.Lz4Frame },
        { "lz4", "-c -12 -BD --no-frame-crc", CompressionFormat.Lz4Frame },
        { "lz4", "-c -l", CompressionFormat.Lz4Legacy },
        { "lzop", "-c", CompressionFormat.Lzop },
        { "lzop", "-c -9 --crc32", CompressionFormat.Lzop },
        { "gzip", "-c", CompressionFormat.Gzip },
    };

    [TheoryWith("xz", "zstd", "bzip2", "lz4", "lzop", "gzip")]
    [MemberData(nameof(Programs))]
    public void What_a_program_compressed_is_read(string program, string options, CompressionFormat format)
    {
        foreach (var content in new[]
        {
            Samples.Compressible(1, 700_000),
            Samples.Random(2, 200_000),
            Samples.Random(3, 1),
            new byte[1_000_000],
        })
        {
            var stored = Oracle.Output(program, options.Split(' '), content);

            Decompressor.TryDecompress(stored, out var data, out var error).ShouldBeTrue(error?.Message);
            data!.Format.ShouldBe(format);
            data.Content.Span.SequenceEqual(content).ShouldBeTrue();
            data.CompressedLength.ShouldBe(stored.Length);
        }
    }

    [TheoryWith("xz", "zstd", "bzip2", "lz4", "lzop", "gzip")]
    [MemberData(nameof(Programs))]
    public void A_stream_cut_anywhere_is_an_error(string program, string options, CompressionFormat format)
    {
        var stored = Oracle.Output(program, options.Split(' '), Samples.Compressible(1, 3000));
        for (var length = 16; length < stored.Length; length += 7)
        {
            if (Decompressor.TryDecompress(stored.AsMemory(0, length), out var data, out var error))
            {
                // LZ4's legacy frame has no end mark: cut between blocks it is whole.
                format.ShouldBe(CompressionFormat.Lz4Legacy);
                data.Content.Length.ShouldBeLessThan(3000);
            }
            else
            {
                error.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
            }
        }
    }

    [TheoryWith("xz", "zstd", "bzip2", "lz4", "lzop", "gzip")]
    [MemberData(nameof(Programs))]
    public void A_content_above_the_limit_is_an_error(string program, string options, CompressionFormat format)
    {
        var stored = Oracle.Output(program, options.Split(' '), new byte[3_000_000]);

        Decompressor.TryDecompress(stored, out _, out var error, maximumLength: 1_000_000).ShouldBeFalse(format.ToString());
        error!.Code.ShouldBe(DiagnosticCodes.CompressedStreamInvalid);
        error.Message.ShouldContain("1000000");
    }

    [TheoryWith("gzip", "lz4", "zstd", "xz")]
    [InlineData("gzip", "-dc", CompressionFormat.Gzip)]
    [InlineData("lz4", "-dc", CompressionFormat.Lz4Legacy)]
    [InlineData("zstd", "-dc", CompressionFormat.Zstd)]
    [InlineData("xz", "-dc", CompressionFormat.Xz)]
    public void What_we_compress_the_program_reads(string program, string options, CompressionFormat format)
    {
        foreach (var content in new[] { Samples.Compressible(1, 700_000), Samples.Random(2, 200_000), [], new byte[9_000_000] })
        {
            var stored = Compressor.Compress(format, content).ToArray();

            Oracle.Output(program, [options], stored).AsSpan().SequenceEqual(content).ShouldBeTrue();
        }
    }

    [FactWith("lz4")]
    public void LZ4_is_that_of_lz4_12_byte_for_byte()
    {
        var content = Samples.Compressible(4, 9_000_000);

        Compressor.Compress(CompressionFormat.Lz4Legacy, content)
            .ToArray()
            .AsSpan()
            .SequenceEqual(Oracle.Output("lz4", ["-l", "-12", "-c"], content))
            .ShouldBeTrue();
    }

    [FactWith("cuttlefish-init_boot-v4.img.xz", "xz")]
    public void The_stock_LZ4_ramdisk_of_cuttlefish_comes_out_again()
    {
        var stock = ImageFile.Read(Cases.Unpack("cuttlefish-init_boot-v4.img.xz")).Boot!.Ramdisk;
        Decompressor.TryDecompress(stock, out var data, out _).ShouldBeTrue();

        Compressor.Compress(CompressionFormat.Lz4Legacy, data.Content).Span.SequenceEqual(stock.Span).ShouldBeTrue();
    }

    [FactWith("amlogic-vendor_boot-v3.img.xz", "xz")]
    public void The_stock_gzip_ramdisk_of_amlogic_comes_out_again()
    {
        var stock = ImageFile.Read(Cases.Unpack("amlogic-vendor_boot-v3.img.xz")).VendorBoot!.Ramdisk;
        Decompressor.TryDecompress(stock, out var data, out _).ShouldBeTrue();
        data.Format.ShouldBe(CompressionFormat.Gzip);

        Compressor.Compress(CompressionFormat.Gzip, data.Content).Span.SequenceEqual(stock.Span).ShouldBeTrue();
    }

    [Fact]
    public void A_format_that_is_only_read_is_refused_when_writing() =>
        Should.Throw<DiagnosticException>(() => Compressor.Compress(CompressionFormat.Lzop, new byte[1])).Diagnostics[0].Code
            .ShouldBe(DiagnosticCodes.CompressionUnsupported);
}
