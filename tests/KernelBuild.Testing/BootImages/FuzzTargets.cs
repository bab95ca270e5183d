using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.BootImages;

/// <summary>All readers, with inputs so small that a mutation is likely to hit something that matters.</summary>
public static class FuzzTargets
{
    /// <summary>Bytes a stream may decompress to.</summary>
    public const int Limit = 1 << 20;

    private static readonly byte[] Archive = CpioWriter.Write([
        RamdiskEntry.File("init", Samples.Compressible(1, 400), (UnixFileMode)0x1ed), RamdiskEntry.SymbolicLink("bin/sh", "busybox"),
    ]);
    private static readonly byte[] Content = Samples.Compressible(2, 1500);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new(
            "boot",
            [
                .. Enumerable.Range(0, 5).Select(v => Boot((uint)v)), SampleFiles.Footed(Boot(2), "boot"),
                SampleFiles.Footed(Boot(4), "init_boot", 0),
            ],
            ReadImage),
        new("vendor_boot", [VendorBoot(3), VendorBoot(4), SampleFiles.Footed(VendorBoot(4), "vendor_boot", 0)], ReadImage),
        new("vbmeta", [SampleFiles.Vbmeta()[..4096]], ReadImage),
        new("dtbo", [Dtbo(0), Dtbo(1), SampleFiles.Footed(Dtbo(0), "dtbo", 0)], ReadImage),
        new(
            "forms",
            [
                VendorForms.Pxa(), VendorForms.Qcdt(), VendorForms.Mtk(), VendorForms.Dhtb(),
                [.. Boot(0), .. VendorForms.Avb1Of(Boot(0)), .. new byte[40]],
            ],
            ReadImage),
        new(
            "edits",
            [
                .. Enumerable.Range(0, 5).Select(v => Boot((uint)v)), SampleFiles.Footed(Boot(2), "boot", 0), VendorBoot(3), VendorBoot(4),
                Dtbo(0), Dtbo(1), SampleFiles.Footed(Dtbo(1), "dtbo", 0), VendorForms.Qcdt(), VendorForms.Mtk(), VendorForms.Dhtb(),
            ],
            bytes => FuzzedEdits.Apply(bytes, Archive)) { Share = 0.2 },
        new("sparse", [FuzzedContainers.Sparse(Boot(0))], FuzzedContainers.ReadSparse),
        new("payload", [FuzzedContainers.Payload(Boot(0))], FuzzedContainers.ReadPayload),
        new("bootconfig", ["a=1\nb {\n c = \"x\", 'y' # z\n}\nd += 2;e\n"u8.ToArray()], FuzzedContainers.ReadBootConfig),
        new("cpio", [Archive, [.. Archive, .. Archive]], ReadCpio),
        new("gzip", [Gzip.Compress(Content)], Decompress),
        new("lz4-legacy", [Lz4Legacy.Compress(Content)], Decompress),
        new("lz4", [Lz4FrameSample()], Decompress),
        new("xz", [Compressor.Compress(CompressionFormat.Xz, Content).ToArray()], Decompress),
        new("zstd", [Compressor.Compress(CompressionFormat.Zstd, Content).ToArray()], Decompress),
        new("lzop", [LzopSample()], Decompress),
        new("bzip2", [Bzip2Sample()], Decompress) { Share = 0.01 },
    ];

    private static byte[] Boot(uint version) => BootImage.Create(Samples.Contents(version) with
    {
        Kernel = Samples.Random(1, 300),
        Ramdisk = Gzip.Compress(Archive),
        Second = version < 3 ? Samples.Random(3, 20) : default,
        Dtb = version == 2 ? SampleFiles.DeviceTree() : default,
        Signature = default,
    }).ToArray();

    private static byte[] VendorBoot(uint version) => VendorBootImage.Create(new VendorBootContents
    {
        HeaderVersion = version,
        Ramdisks = version == 3
            ? [new VendorRamdiskContents(Gzip.Compress(Archive))]
            : [new VendorRamdiskContents(Gzip.Compress(Archive)), new VendorRamdiskContents(Archive, 3, "dlkm")],
        Dtb = SampleFiles.DeviceTree(),
        BootConfig = version == 4 ? "a=b\n"u8.ToArray() : default,
    }).ToArray();

    private static byte[] Dtbo(uint version) =>
        DtboWriter.Write(new DtboContents
        {
            Version = version,
            Entries = [new DtboEntryContents(SampleFiles.DeviceTree(), 1), new DtboEntryContents(SampleFiles.DeviceTree(4, 120), 2)],
        });

    private static IEnumerable<Diagnostic> ReadImage(byte[] bytes)
    {
        if (!ImageFile.TryRead(bytes, out var file, out var findings))
        {
            return findings;
        }

        var regions = RegionMap.Of(file);
        if (regions.Sum(r => r.Size) != bytes.Length)
        {
            throw new InvalidOperationException("the regions do not add up to the file");
        }

        var image = file.Boot?.ToArray() ?? file.VendorBoot?.ToArray() ?? file.Dtbo?.ToArray();
        if (image is not null && !image.AsSpan().SequenceEqual(file.Image.Span))
        {
            throw new InvalidOperationException("what was read is not what is written");
        }

        var inspection = ImageInspection.Of(file, findings, new InspectionOptions { MaximumLength = Limit });
        if (file.Boot is null && file.VendorBoot is null)
        {
            return inspection.Findings;
        }

        try
        {
            _ = ImageEditor.Apply(file, new ImageEdits { CommandLine = "quiet" });
        }
        catch (DiagnosticException exception)
        {
            return inspection.Findings.Concat(exception.Diagnostics);
        }

        return inspection.Findings;
    }

    private static IEnumerable<Diagnostic> ReadCpio(byte[] bytes) => CpioArchive.TryRead(bytes, out _, out var error) ? [] : [error];

    private static IEnumerable<Diagnostic> Decompress(byte[] bytes) =>
        Decompressor.TryDecompress(bytes, out _, out var error, Limit) ? [] : [error];

    /// <summary>A container with one stored and one compressed block, by the format's description.</summary>
    private static byte[] LzopSample()
    {
        byte[] header =
        [
            0x89, (byte)'L', (byte)'Z', (byte)'O', 0, 0x0d, 0x0a, 0x1a, 0x0a, 0x10, 0x40, 0x20, 0xa0, 0x09, 0x40, 1, 5, 0, 0, 0, 0, 0, 0,
            0x81, 0xa4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];

        // 21 + 17 literals and a match of them, then the mark that ends the block
        byte[] block = [38, .. Samples.Random(4, 21), 0x3f, 0x50, 0, 0x11, 0, 0];
        return [.. header, 0, 0, 0, 4, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 54, 0, 0, 0, (byte)block.Length, .. block, 0, 0, 0, 0];
    }

    /// <summary>A frame without checksums of its content: one block of LZ4, one that is stored, the end mark.</summary>
    private static byte[] Lz4FrameSample()
    {
        byte[] legacy = Lz4Legacy.Compress(Content);
        return [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, .. legacy.AsSpan(4), 8, 0, 0, 0x80, .. Content.AsSpan(0, 8), 0, 0, 0, 0];
    }

    private static byte[] Bzip2Sample()
    {
        using var output = new MemoryStream();
        using (var bzip2 = new ICSharpCode.SharpZipLib.BZip2.BZip2OutputStream(output, 1) { IsStreamOwner = false })
        {
            bzip2.Write(Content);
        }

        return output.ToArray();
    }
}
