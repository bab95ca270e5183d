using System.Buffers.Binary;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Tests.Symbols;
using KernelBuild.Testing;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Containers;

/// <summary>What boot loaders and builds put around a kernel: the symbols are the same in all of them.</summary>
public sealed class FormsOfBootLoaders
{
    private const string Name = "good-6.12-relative";
    private static readonly byte[] Kernel = FieldKernels.Image(Name);

    [FactWith("lz4", "dtc")]
    public void Lz4_with_a_device_tree_behind_it_with_and_without_the_length_of_the_content()
    {
        var tree = Oracle.Output("dtc", ["-q", "-O", "dtb"], "/dts-v1/; / { compatible = \"x,y\"; };"u8.ToArray());
        var stream = Oracle.Output("lz4", ["-l", "-9", "-c", "-"], Kernel);

        IsRead([.. stream, .. tree], KernelLayerKind.Compressed, KernelLayerKind.Arm64Image, KernelLayerKind.AppendedDeviceTree);
        IsRead(
            [.. stream, .. BitConverter.GetBytes(Kernel.Length), .. tree, .. tree], KernelLayerKind.Compressed, KernelLayerKind.Arm64Image,
            KernelLayerKind.AppendedDeviceTree, KernelLayerKind.AppendedDeviceTree);
    }

    [FactWith("dtc")]
    public void Qualcomms_uncompressed_image()
    {
        var tree = Oracle.Output("dtc", ["-q", "-O", "dtb"], "/dts-v1/; / { compatible = \"x,y\"; };"u8.ToArray());
        byte[] bare = [.. "UNCOMPRESSED_IMG"u8, .. BitConverter.GetBytes(Kernel.Length), .. Kernel];

        IsRead(bare, KernelLayerKind.UncompressedImage, KernelLayerKind.Arm64Image);
        IsRead([.. bare, .. tree], KernelLayerKind.UncompressedImage, KernelLayerKind.Arm64Image, KernelLayerKind.AppendedDeviceTree);
        Error(bare[..^1]).Code.ShouldBe("KB8003");
    }

    [Fact]
    public void MediaTeks_and_Rockchips_headers_in_front_of_a_bare_kernel()
    {
        var stream = Compression.Codecs.Compressor.Compress(Compression.Codecs.CompressionFormat.Gzip, Kernel).ToArray();
        byte[] header = [.. BitConverter.GetBytes(0x58881688), .. BitConverter.GetBytes(stream.Length), .. "KERNEL"u8, .. new byte[498]];

        IsRead([.. header, .. stream], KernelLayerKind.MtkHeader, KernelLayerKind.Compressed, KernelLayerKind.Arm64Image);
        IsRead([.. "KRNL"u8, .. BitConverter.GetBytes(Kernel.Length), .. Kernel, 1, 2, 3, 4], KernelLayerKind.RockchipImage);
        Error([.. "KRNL"u8, .. BitConverter.GetBytes(Kernel.Length), .. Kernel.AsSpan(1)]).Code.ShouldBe("KB8003");
    }

    [TheoryWith("mkimage")]
    [InlineData("kernel")]
    [InlineData("multi")]
    public void A_uImage_of_mkimage(string type)
    {
        using var folder = new TestFolder();
        folder.Write("Image", Kernel);
        folder.Write("other", new byte[100]);
        Make(folder, "arm64", "uImage");

        IsRead(File.ReadAllBytes(folder["uImage"]), KernelLayerKind.UBootImage, KernelLayerKind.Arm64Image);
        Make(folder, "arm", "uImage");
        Error(File.ReadAllBytes(folder["uImage"])).Code.ShouldBe("KB8002");

        void Make(TestFolder files, string architecture, string output) => Oracle.Output(
            "mkimage",
            [
                "-A", architecture, "-O", "linux", "-T", type, "-C", "none", "-a", "0x80080000", "-e", "0x80080000", "-n", "test",
                "-d", files["Image"] + (type == "multi" ? ":" + files["other"] : ""), files[output],
            ]);
    }

    [TheoryWith("mkimage", "dtc")]
    [InlineData("")]
    [InlineData("-E")]
    [InlineData("-E -p 0x40000")]
    public void A_FIT_image_of_mkimage_with_the_kernel_inside_or_behind(string options)
    {
        using var folder = new TestFolder();
        folder.Write("Image", Kernel);
        folder.Write("f.its", """
            /dts-v1/;
            / { description = "x"; #address-cells = <1>;
             images {
              old { description = "o"; data = [00 01]; type = "kernel"; arch = "arm"; os = "linux"; compression = "none";
               load = <0>; entry = <0>; };
              k { description = "k"; data = /incbin/("Image"); type = "kernel"; arch = "arm64"; os = "linux";
               compression = "none"; load = <0>; entry = <0>; };
             };
             configurations { default = "second"; first { kernel = "old"; }; second { kernel = "k"; }; }; };
            """);
        Oracle.Output(
            "mkimage", [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-f", "f.its", "fit"], directory: folder.Path);

        IsRead(File.ReadAllBytes(folder["fit"]), KernelLayerKind.FlattenedImageTree, KernelLayerKind.Arm64Image);
    }

    [Theory]
    [InlineData(0x00, 4096)]
    [InlineData(0xff, 512)]
    [InlineData(0x00, 4)]
    public void A_kernel_behind_padding(byte value, int length) =>
        IsRead([.. Enumerable.Repeat(value, length), .. Kernel], KernelLayerKind.Padding, KernelLayerKind.Arm64Image);

    [Fact]
    public void An_arm64_program_is_no_kernel()
    {
        var program = new byte[64 + 56 + 16];
        ((byte[])[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(program, 0);
        program[16] = 2;
        program[18] = 183;
        program[32] = 64;
        program[56] = 1;
        program[64] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(64 + 16), 0x400000);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(64 + 32), (ulong)program.Length);

        Error(program).Code.ShouldBe("KB8001");
        Error(program).Message.ShouldContain("loaded at 0x400000");
    }

    /// <summary>nm's order of letters and names is System.map's, but for what kallsyms leaves out.</summary>
    [FactWithKernel("own")]
    public void The_symbol_table_of_a_vmlinux_whose_kernel_has_no_kallsyms_is_read_instead()
    {
        var file = OwnKernel.Read("vmlinux");
        var tokens = file.AsSpan().IndexOf("0\u00001\u00002\u00003\u00004\u00005\u00006\u00007\u00008\u00009\u0000"u8);
        file.AsSpan(tokens, 20).Clear();
        var map = File.ReadLines(OwnKernel.PathOf("System.map"))
            .Where(line => line[17] is not ('A' or 'a'))
            .Select(line => line[..16] + char.ToUpperInvariant(line[17]) + line[18..])
            .ToHashSet(StringComparer.Ordinal);

        var image = Read(file).Open();
        var symbols = image.ReadSymbols();

        symbols.Form.ShouldBe(KallsymsAddressForm.ElfSymbols);
        var listed = System.Text.Encoding.ASCII.GetString(ProcKallsyms.Of(image)).TrimEnd('\n').Split('\n')
            .Select(line => line[..16] + char.ToUpperInvariant(line[17]) + line[18..])
            .ToHashSet(StringComparer.Ordinal);
        listed.Except(map).ShouldBeEmpty();
        map.Except(listed).Where(line => !line.Contains('$', StringComparison.Ordinal)).ShouldBeEmpty();
        symbols.TryFind("arm_smmu_device_group", out var function).ShouldBeTrue();
        new CallerSearch(image).Of(new HashSet<ulong> { function.Address })[function.Address].ShouldNotBeEmpty();
    }

    [FactWithKernel("6.1")]
    public void The_banner_is_the_one_with_the_build_s_number() =>
        Compression.Recognition.LinuxBanner.Find(DebianKernels.Read("6.1").AsSpan())!.ShouldContain(") #1 SMP");

    private static void IsRead(byte[] bytes, params KernelLayerKind[] kinds)
    {
        var file = Read(bytes);
        foreach (var kind in kinds.GroupBy(kind => kind))
        {
            file.Layers.Count(layer => layer.Kind == kind.Key).ShouldBe(kind.Count(), kind.Key.ToString());
        }

        ProcKallsyms.Of(file.Open()).AsSpan().SequenceEqual(FieldKernels.Symbols(Name)).ShouldBeTrue();
    }

    private static KernelFile Read(byte[] bytes) =>
        KernelFile.TryRead(bytes, out var file, out var error) ? file : throw new InvalidOperationException(error.ToString());

    private static Diagnostics.Diagnostic Error(byte[] bytes) =>
        KernelFile.TryRead(bytes, out _, out var error) ? throw new InvalidOperationException("it was read") : error;
}
