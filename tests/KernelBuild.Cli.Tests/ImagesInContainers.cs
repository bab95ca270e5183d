using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using KernelBuild.Compression.Codecs;
using KernelBuild.Testing;

namespace KernelBuild.Cli.Tests;

/// <summary>Images in what they are shipped in: the archives are made by others, payloads and super partitions by what is said of them.</summary>
public sealed class ImagesInContainers : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWith("img2simg", "simg2img")]
    public void Sparse_images_are_those_of_libsparse()
    {
        byte[] image = [.. _folder.Bytes("boot.img"), .. new byte[40_960], .. Enumerable.Repeat((byte)0xaa, 8192), .. _folder.Bytes("vbmeta.img")];
        image = [.. image, .. new byte[(4096 - (image.Length % 4096)) % 4096]];
        _folder.Write("raw.img", image);
        Oracle.Output("img2simg", ["raw.img", "theirs.simg"], null, _folder.Path);
        _folder.Run("boot unsparse theirs.simg -o new.raw").ExitCode.ShouldBe(0);
        _folder.Bytes("new.raw").SequenceEqual(image).ShouldBeTrue();

        _folder.Run("boot sparse raw.img -o new.simg").ExitCode.ShouldBe(0);
        Oracle.Output("simg2img", ["new.simg", "back.img"], null, _folder.Path);
        _folder.Bytes("back.img").SequenceEqual(image).ShouldBeTrue();
        new FileInfo(_folder["new.simg"]).Length.ShouldBeLessThan(image.Length - 40_000);
        _folder.Bytes("new.simg").SequenceEqual(_folder.Bytes("theirs.simg")).ShouldBeTrue();
    }

    [FactWith("img2simg", "simg2img")]
    public void A_sparse_image_is_read_as_what_it_stands_for_and_written_sparse_again()
    {
        Oracle.Output("img2simg", ["boot.img", "boot.simg"], null, _folder.Path);
        _folder.Run("boot info boot.simg").ExitCode.ShouldBe(0);
        var run = _folder.Run("boot set boot.simg --kernel kernel-new --key chain.pem -o new.simg");
        run.ExitCode.ShouldBe(0, run.Errors);
        Oracle.Output("simg2img", ["new.simg", "new.img"], null, _folder.Path);
        _folder.Run("avb verify new.img --key chain.pem").ExitCode.ShouldBe(0);
        _folder.Run("boot unpack new.img -o new-folder").ExitCode.ShouldBe(0);
    }

    /// <summary>What is in no archive has the partition that its file's name says.</summary>
    [FactWith("gzip")]
    public void A_compressed_image_is_taken_by_its_partition_too()
    {
        File.WriteAllBytes(_folder["boot.img.gz"], Oracle.Output("gzip", ["-c"], _folder.Bytes("boot.img")));
        _folder.Run("boot extract boot.img.gz --list").Output.ShouldStartWith("boot ");
        _folder.Run("boot extract boot.img.gz --partition boot -o new.img").ExitCode.ShouldBe(0);
        _folder.Bytes("new.img").SequenceEqual(_folder.Bytes("boot.img")).ShouldBeTrue();
        var run = _folder.Run("boot extract boot.img.gz --partition vbmeta -o new2.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5042");
    }

    [Fact]
    public void Images_come_out_of_archives_within_archives()
    {
        var boot = _folder.Bytes("boot.img");
        var inner = Zip(("boot.img", boot), ("vbmeta.img", _folder.Bytes("vbmeta.img")), ("android-info.txt", [1]));
        _folder.Write("factory.zip", Zip(("device-1/image-device.zip", inner), ("device-1/bootloader.img", [1, 2, 3])));
        Extracted("factory.zip", "boot").ShouldBe(boot);

        _folder.Write("AP.tar.md5", [.. Tar(("boot.img.lz4", Compressed(CompressionFormat.Lz4Frame, boot)), ("meta-data/x.zip", Zip())), .. "0123  AP.tar\n"u8]);
        Extracted("AP.tar.md5", "boot").ShouldBe(boot);
        _folder.Write("AP.tar.lz4", Compressed(CompressionFormat.Lz4Frame, Tar(("boot.img", boot), ("dtbo.img", [9]))));
        Extracted("AP.tar.lz4", "boot").ShouldBe(boot);
        foreach (var format in new[] { CompressionFormat.Gzip, CompressionFormat.Lz4Frame, CompressionFormat.Xz, CompressionFormat.Zstd })
        {
            _folder.Write("boot.img.packed", Compressed(format, boot));
            _folder.Run("boot extract boot.img.packed -o new.img").ExitCode.ShouldBe(0);
            _folder.Bytes("new.img").SequenceEqual(boot).ShouldBeTrue();
        }
    }

    [Fact]
    public void The_list_names_all_images_and_writes_nothing()
    {
        _folder.Write("ota.zip", Zip(("payload.bin", Payload(Partition("boot", _folder.Bytes("boot.img"), 0)))));
        var run = _folder.Run("boot extract ota.zip --list --json");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("payload.bin/boot");
        _folder.Run("boot extract ota.zip --partition nothing -o new.img").Errors.ShouldContain("KB5042");
        File.Exists(_folder["new.img"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(14)]
    public void A_full_payload_gives_its_partitions_however_their_data_are_stored(int operation)
    {
        var boot = _folder.Bytes("boot.img");
        var vbmeta = _folder.Bytes("vbmeta.img");
        _folder.Write("payload.bin", Payload(Partition("boot", boot, operation), Partition("vbmeta", vbmeta, operation)));
        Extracted("payload.bin", "boot").ShouldBe(boot);
        Extracted("payload.bin", "vbmeta").ShouldBe(vbmeta);
    }

    [Fact]
    public void A_payload_whose_data_are_damaged_gives_nothing()
    {
        var payload = Payload(Partition("boot", _folder.Bytes("boot.img"), 0));
        payload[^100] ^= 1;
        _folder.Write("payload.bin", payload);
        var run = _folder.Run("boot extract payload.bin --partition boot -o new.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5041");
        run.Errors.ShouldContain("SHA-256");
        File.Exists(_folder["new.img"]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(4, "SOURCE_COPY")]
    [InlineData(5, "SOURCE_BSDIFF")]
    [InlineData(9, "PUFFDIFF")]
    [InlineData(10, "BROTLI_BSDIFF")]
    public void An_incremental_payload_is_named_as_one(int operation, string name)
    {
        _folder.Write("payload.bin", Payload(Partition("boot", _folder.Bytes("boot.img"), operation)));
        var run = _folder.Run("boot extract payload.bin --partition boot -o new.img");
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("KB5043");
        run.Errors.ShouldContain(name);
    }

    [Fact]
    public void Logical_partitions_come_out_of_a_super_partition_sparse_or_not()
    {
        var system = RandomNumberGenerator.GetBytes(3 * 4096);
        var vendor = RandomNumberGenerator.GetBytes(4096);
        var super = Super(("system_a", system), ("vendor_a", vendor), ("system_b", []));
        _folder.Write("super.img", super);
        Extracted("super.img", "system").ShouldBe(system);
        Extracted("super.img", "vendor_a").ShouldBe(vendor);
        _folder.Run("boot sparse super.img -o new.simg").ExitCode.ShouldBe(0);
        _folder.Run("boot extract new.simg --partition vendor -o new.out").ExitCode.ShouldBe(0);
        _folder.Bytes("new.out").ShouldBe(vendor);

        super.AsSpan(4096, 8192).Clear();
        _folder.Write("super.img", super);
        _folder.Run("boot extract super.img --list").Output.ShouldNotContain("logical");
    }

    /// <summary>
    /// Made by AOSP's lpmake of two files: "slots" with slots in the names (-s 2 -p system_a …), "suffixed" with --auto-slot-suffixing
    /// (-x -s 3 -p system …). The digests are those of what AOSP's lpunpack wrote, of both alike.
    /// </summary>
    [Theory]
    [InlineData("slots")]
    [InlineData("suffixed")]
    public void Super_partitions_of_lpmake_are_read_as_lpunpack_reads_them(string name)
    {
        File.Copy(Repository.PathOf("tests", "data", "boot", "super", name + ".img.gz"), _folder["super.img.gz"]);
        _folder.Run("boot extract super.img.gz --list").Output.ShouldContain("system_a                    12288 bytes  logical partition");
        Digest("system_a").ShouldBe("bcd44f13fcee5385de7a1a61c2b236b1a7238b7d46e7a6f7a7e63fdc062b657c");
        Digest("vendor").ShouldBe("20bda35d0a41c19e131c7b925b1f793ab5c1839912e5645c1d993e711ea8a19a");

        string Digest(string partition) => Convert.ToHexStringLower(SHA256.HashData(Extracted("super.img.gz", partition)));
    }

    /// <summary>The first logical partition lies where vendors' wrappers put an image, too.</summary>
    [Fact]
    public void A_super_partition_that_begins_with_a_boot_image_is_not_taken_for_one()
    {
        _folder.Write("super.img", Super(("boot_a", _folder.Bytes("boot.img"))));
        foreach (var line in (string[])["boot info super.img", "boot set super.img --cmdline z -o new.img"])
        {
            var run = _folder.Run(line);
            run.ExitCode.ShouldBe(1, run.Output + run.Errors);
            (run.Output + run.Errors).ShouldContain("super partition");
        }

        File.Exists(_folder["new.img"]).ShouldBeFalse();
        Extracted("super.img", "boot").ShouldBe(_folder.Bytes("boot.img"));
    }

    [Fact]
    public void A_damaged_archive_is_a_finding()
    {
        var zip = Zip(("boot.img", _folder.Bytes("boot.img")));
        _folder.Write("ota.zip", zip[..(zip.Length / 2)]);
        _folder.Run("boot extract ota.zip --list").Errors.ShouldContain("KB5041");
        _folder.Write("payload.bin", "CrAU\0\0\0\0\0\0\0\u0002\0\0\0\0\0\u0001\0\0\0\0\0\0"u8.ToArray());
        _folder.Run("boot extract payload.bin --list").Errors.ShouldContain("KB5041");
    }

    private byte[] Extracted(string file, string partition)
    {
        var run = _folder.Run($"boot extract {file} --partition {partition} -o new.out");
        run.ExitCode.ShouldBe(0, run.Errors);
        return _folder.Bytes("new.out");
    }

    private static byte[] Compressed(CompressionFormat format, byte[] content) => Compressor.Compress(format, content).ToArray();

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var data = new MemoryStream(content);
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
            }
        }

        return stream.ToArray();
    }

    /// <summary>What update_metadata.proto has for a partition: one operation over all of its blocks.</summary>
    private static (string Name, byte[] Content, byte[] Data, int Operation) Partition(string name, byte[] content, int operation) => (
        name, content, operation switch
        {
            1 => Compressed(CompressionFormat.Bzip2, content),
            8 => Compressed(CompressionFormat.Xz, content),
            14 => Compressed(CompressionFormat.Zstd, content),
            _ => content,
        }, operation);

    private static byte[] Payload(params (string Name, byte[] Content, byte[] Data, int Operation)[] partitions)
    {
        var offset = 0;
        var manifest = Message(output =>
        {
            Number(output, 3, 4096);
            foreach (var (name, content, data, operation) in partitions)
            {
                Bytes(output, 13, Message(partition =>
                {
                    Bytes(partition, 1, Encoding.UTF8.GetBytes(name));
                    Bytes(partition, 7, Info(content));
                    Bytes(partition, 8, Message(one =>
                    {
                        Number(one, 1, (ulong)operation);
                        Number(one, 2, (ulong)offset);
                        Number(one, 3, (ulong)data.Length);
                        Bytes(one, 6, Message(extent =>
                        {
                            Number(extent, 1, 0);
                            Number(extent, 2, (ulong)((content.Length + 4095) / 4096));
                        }));
                        Bytes(one, 8, SHA256.HashData(data));
                    }));
                }));
                offset += data.Length;
            }
        });
        var header = new byte[24];
        "CrAU"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(12), (ulong)manifest.Length);
        return [.. header, .. manifest, .. partitions.SelectMany(partition => partition.Data)];
    }

    private static byte[] Info(byte[] content) => Message(info =>
    {
        Number(info, 1, (ulong)content.Length);
        Bytes(info, 2, SHA256.HashData(content));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    private static void Number(CodedOutputStream output, int field, ulong value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteUInt64(value);
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }

    /// <summary>As liblp lays it out: 4096 bytes, twice the geometry, twice the metadata, and the partitions from 1 MiB on.</summary>
    private static byte[] Super(params (string Name, byte[] Content)[] partitions)
    {
        const int data = 1 << 20, largest = 65_536;
        var super = new byte[data + partitions.Sum(partition => partition.Content.Length)];
        var geometry = new byte[52];
        BinaryPrimitives.WriteUInt32LittleEndian(geometry, 0x616c4467);
        BinaryPrimitives.WriteUInt32LittleEndian(geometry.AsSpan(4), 52);
        BinaryPrimitives.WriteUInt32LittleEndian(geometry.AsSpan(40), largest);
        BinaryPrimitives.WriteUInt32LittleEndian(geometry.AsSpan(44), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(geometry.AsSpan(48), 4096);
        SHA256.HashData(geometry).CopyTo(geometry, 8);
        geometry.CopyTo(super, 4096);
        geometry.CopyTo(super, 8192);

        var tables = new byte[(partitions.Length * 52) + (partitions.Length * 24)];
        var at = data;
        var extent = 0;
        for (var i = 0; i < partitions.Length; i++)
        {
            var entry = tables.AsSpan(i * 52);
            Encoding.ASCII.GetBytes(partitions[i].Name).CopyTo(entry);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[36..], 1);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[40..], (uint)extent);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[44..], partitions[i].Content.Length > 0 ? 1u : 0);
            if (partitions[i].Content.Length > 0)
            {
                var placed = tables.AsSpan((partitions.Length * 52) + (extent++ * 24));
                BinaryPrimitives.WriteUInt64LittleEndian(placed, (ulong)partitions[i].Content.Length / 512);
                BinaryPrimitives.WriteUInt64LittleEndian(placed[12..], (ulong)at / 512);
                partitions[i].Content.CopyTo(super, at);
                at += partitions[i].Content.Length;
            }
        }

        var header = new byte[128];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x414c5030);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 10);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 128);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(44), (uint)tables.Length);
        SHA256.HashData(tables).CopyTo(header, 48);
        Table(80, 0, partitions.Length, 52);
        Table(92, partitions.Length * 52, extent, 24);
        SHA256.HashData(header).CopyTo(header, 12);
        foreach (var place in new[] { 12_288, 12_288 + (2 * largest) })
        {
            header.CopyTo(super, place);
            tables.CopyTo(super, place + header.Length);
        }

        return super;

        void Table(int descriptor, int offset, int count, int length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(descriptor), (uint)offset);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(descriptor + 4), (uint)count);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(descriptor + 8), (uint)length);
        }
    }
}
