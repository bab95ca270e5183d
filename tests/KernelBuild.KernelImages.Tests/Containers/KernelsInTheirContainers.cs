using System.Buffers.Binary;
using System.Text;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Containers;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Containers;

public sealed class KernelsInTheirContainers
{
    private static readonly byte[] Kernel = SyntheticKernel.Make(SyntheticLayout.BaseBehind, isRelocatable: true).Image;

    [TheoryWith("gzip", "lz4", "zstd", "xz")]
    [InlineData("gzip", "gzip", "-9n")]
    [InlineData("lz4-legacy", "lz4", "-l -9")]
    [InlineData("lz4", "lz4", "-9")]
    [InlineData("zstd", "zstd", "-19")]
    [InlineData("xz", "xz", "--check=crc32")]
    [InlineData("lzma", "xz", "--format=lzma")]
    public void A_compressed_kernel_is_unwrapped_and_every_layer_listed(string format, string program, string options)
    {
        var stored = Oracle.Output(program, [.. options.Split(' '), "-c"], Kernel);

        var file = Read(stored);

        file.Image.Span.SequenceEqual(Kernel).ShouldBeTrue();
        file.Layers
            .Select(layer => (layer.Kind, layer.Depth, layer.Offset, layer.Size))
            .ShouldBe([(KernelLayerKind.Compressed, 0, 0, stored.Length), (KernelLayerKind.Arm64Image, 1, 0, Kernel.Length)]);
        file.Layers[0].Detail.ShouldBe(format);
        file.ImageOffset.ShouldBe(-1);
    }

    [TheoryWith("mkbootimg")]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("2")]
    public void A_boot_image_of_mkbootimg_is_unwrapped(string version)
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-container-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "kernel"), Compressor.Compress(CompressionFormat.Lz4Legacy, Kernel).ToArray());
            File.WriteAllBytes(Path.Combine(folder, "ramdisk"), new byte[100]);
            File.WriteAllBytes(Path.Combine(folder, "dtb"), Blob());
            Oracle.Output(
                "mkbootimg",
                [
                    "--header_version", version, "--kernel", "kernel", "--ramdisk", "ramdisk",
                    .. version == "2" ? (string[])["--dtb", "dtb"] : [], "-o", "boot.img",
                ],
                directory: folder);

            var file = Read(File.ReadAllBytes(Path.Combine(folder, "boot.img")));

            file.Image.Span.SequenceEqual(Kernel).ShouldBeTrue();
            file.Layers
                .Select(layer => layer.Kind)
                .ShouldBe([
                    KernelLayerKind.BootImage, KernelLayerKind.KernelSection, KernelLayerKind.Compressed, KernelLayerKind.Arm64Image,
                ]);
            file.Layers[0].Detail.ShouldBe("header version " + version);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_EFI_zboot_kernel_is_unwrapped()
    {
        var payload = Compressor.Compress(CompressionFormat.Gzip, Kernel).ToArray();
        var bytes = new byte[0x200 + payload.Length + 0x300];
        "MZ\0\0zimg"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), 0x200);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), payload.Length);
        payload.CopyTo(bytes, 0x200);

        Read(bytes).Layers
            .Select(layer => (layer.Kind, layer.Offset))
            .ShouldBe([(KernelLayerKind.EfiZboot, 0), (KernelLayerKind.Compressed, 0x200), (KernelLayerKind.Arm64Image, 0)]);

        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), bytes.Length);
        Error(bytes).Code.ShouldBe("KB8003");
    }

    [Fact]
    public void Device_trees_behind_and_inside_a_kernel_are_listed()
    {
        var inside = (byte[])Kernel.Clone();
        Blob().CopyTo(inside, 0x1e000);

        Read(inside)
            .WithEmbeddedDeviceTrees()
            .Last()
            .ShouldBe(new KernelLayer(KernelLayerKind.EmbeddedDeviceTree, 0, 0x1e000, Blob().Length, ""));

        var behind = Read([.. Compressor.Compress(CompressionFormat.Gzip, Kernel).Span, .. Blob(), .. Blob()]);
        behind.Layers.Count(layer => layer.Kind == KernelLayerKind.AppendedDeviceTree).ShouldBe(2);
        behind.Image.Length.ShouldBe(Kernel.Length);
        Read([.. Kernel, .. Blob()]).Image.Length.ShouldBe(Kernel.Length);
    }

    [FactWithKernel("own")]
    public void The_boot_image_the_compressed_and_the_raw_kernel_are_one()
    {
        var image = OwnKernel.Read("Image");

        foreach (var name in (string[])["boot.img", "Image.gz", "Image"])
        {
            Read(OwnKernel.Read(name)).Image.Span.SequenceEqual(image).ShouldBeTrue(name);
        }

        // objcopy -O binary lays the vmlinux out as ElfLayout does
        var elf = Read(OwnKernel.Read("vmlinux"));
        elf.Image.Span[..image.Length].SequenceEqual(image).ShouldBeTrue();
        elf.LinkedBase.ShouldBe(0xffff_8000_0800_0000);
    }

    [Fact]
    public void What_is_no_arm64_kernel_is_named_in_one_line()
    {
        Error([]).Code.ShouldBe("KB8003");
        Error(new byte[63]).Code.ShouldBe("KB8003");
        Error(Encoding.ASCII.GetBytes(new string('x', 100))).Code.ShouldBe("KB8001");
        Says(0x202, "HdrS"u8, "x86");
        Says(0x38, "RSC\u0005"u8, "RISC-V");
        Says(0x24, [0x18, 0x28, 0x6f, 0x01], "32-bit arm");

        var elf = new byte[200];
        ((byte[])[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(elf, 0);
        elf[18] = 62;
        Error(elf).Message.ShouldContain("machine 62");
        Error(elf).Code.ShouldBe("KB8002");
        elf[18] = 183;
        Error(elf).Code.ShouldBe("KB8016");
        Error(elf[..40]).Code.ShouldBe("KB8003");

        var bigEndian = (byte[])Kernel.Clone();
        bigEndian[0x18] |= 1;
        Error(bigEndian).Code.ShouldBe("KB8002");

        var nested = Kernel;
        for (var i = 0; i < 10; i++)
        {
            nested = Compressor.Compress(CompressionFormat.Gzip, nested).ToArray();
        }

        Error(nested).Code.ShouldBe("KB8004");
        Error(Compressor.Compress(CompressionFormat.Gzip, Kernel).ToArray()[..500]).Code.ShouldBe("KB5011");

        static void Says(int offset, ReadOnlySpan<byte> magic, string architecture)
        {
            var bytes = new byte[0x400];
            magic.CopyTo(bytes.AsSpan(offset));
            var error = Error(bytes);
            error.Code.ShouldBe("KB8002");
            error.Message.ShouldContain(architecture);
            error.Message.ShouldNotContain("\n");
        }
    }

    private static KernelFile Read(byte[] bytes) =>
        KernelFile.TryRead(bytes, out var file, out var error) ? file : throw new InvalidOperationException(error.ToString());

    private static Diagnostics.Diagnostic Error(byte[] bytes) =>
        KernelFile.TryRead(bytes, out _, out var error) ? throw new InvalidOperationException("it was read") : error;

    /// <summary>An empty tree of 72 bytes.</summary>
    private static byte[] Blob()
    {
        var blob = new byte[72];
        uint[] words = [0xd00dfeed, 72, 56, 72, 40, 17, 16, 0, 0, 16, 0, 0, 0, 0, 1, 0, 2, 9];
        foreach (var (i, word) in words.Index())
        {
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(4 * i), word);
        }

        return blob;
    }
}
