using System.Buffers.Binary;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>Whether what stands, or is put, in a section can be what the section is for. What is not recognised is not judged.</summary>
internal static class SectionFitness
{
    /// <summary>Bytes that a text is told by.</summary>
    private const int TextSample = 256;

    private const string WillNotBoot = "the bootloader jumps into it, and nothing appears on the console";

    /// <summary>KB5037 when a kernel section holds something else; null when it may be a kernel.</summary>
    /// <param name="content">Decompressed, without the device trees behind it.</param>
    /// <param name="stock">The decompressed kernel that the device runs; empty when unknown. Where it is an arm64 Image, nothing else will do.</param>
    public static Diagnostic? OfKernel(ReadOnlySpan<byte> content, ReadOnlySpan<byte> stock = default)
    {
        if (content.IsEmpty || Arm64Image.TryRead(content, out _) || IsEfiZboot(content))
        {
            return null;
        }

        var isWrong = NotAKernel(content) is { } kind;
        var stockIsArm64 = Arm64Image.TryRead(stock, out _);
        return !isWrong && !stockIsArm64
            ? null
            : Diagnostic.Error(
                DiagnosticCodes.SectionUnfit,
                $"the kernel is {NotAKernel(content) ?? FileKind.Describe(content)}{(stockIsArm64 ? ", and the stock image's an arm64 kernel Image" : "")}",
                content.StartsWith("\u007fELF"u8)
                    ? "give arch/arm64/boot/Image, which make writes beside vmlinux"
                    : "give the kernel: arch/arm64/boot/Image or Image.gz") with
            { Consequence = WillNotBoot };
    }

    /// <summary>
    /// A kernel that the bootloader would have to decompress in another way than that of the stock image; null when it is stored likewise, or
    /// not compressed at all.
    /// </summary>
    public static Diagnostic? OfKernelCompression(CompressionFormat format, CompressionFormat stock) =>
        format == stock || format == CompressionFormat.None ? null : Diagnostic.Warning(
            DiagnosticCodes.SectionUnfit,
            $"the kernel is stored as {CompressionFormats.NameOf(format)}, and the stock image's "
            + (stock == CompressionFormat.None ? "is not compressed" : $"as {CompressionFormats.NameOf(stock)}"),
            $"store it likewise: kernelbuild boot set --kernel-compression {CompressionFormats.NameOf(stock)}") with
        {
            Consequence = stock == CompressionFormat.None
                ? "this bootloader is not known to decompress kernels; one that does not shows nothing"
                : "this bootloader is not known to decompress that; one that does not shows nothing",
        };

    /// <summary>KB5037 when a kernel is taken away from an image that has one.</summary>
    public static Diagnostic? OfNoKernel(ReadOnlySpan<byte> content, ReadOnlySpan<byte> stock) =>
        !content.IsEmpty || stock.IsEmpty ? null : Diagnostic.Error(
            DiagnosticCodes.SectionUnfit, "the kernel is empty, and the stock image has one", "give the kernel: arch/arm64/boot/Image or Image.gz") with
        { Consequence = WillNotBoot };

    /// <summary>KB5037 when a ramdisk is a text, a program, an image or a device tree; null when it may be an archive.</summary>
    /// <param name="content">Decompressed.</param>
    public static Diagnostic? OfRamdisk(ReadOnlySpan<byte> content) =>
        content.IsEmpty || content.StartsWith("0707"u8) || NotAKernel(content) is not { } kind ? null : Diagnostic.Error(
            DiagnosticCodes.SectionUnfit, $"the ramdisk is {kind}, no cpio archive", "make one: find . | cpio -o -H newc | gzip > ramdisk.gz") with
        { Consequence = "the kernel unpacks nothing, finds no init, and panics" };

    /// <summary>KB5037 when a bootconfig or an overlay for recovery is something else; null when it may be right.</summary>
    public static Diagnostic? OfBootConfig(ReadOnlySpan<byte> content) => content.IsEmpty || !content.Contains((byte)0)
        ? null
        : Diagnostic.Error(
            DiagnosticCodes.SectionUnfit, $"the bootconfig is {NotAKernel(content) ?? FileKind.Describe(content)}, no text", "give lines of KEY=VALUE") with
        { Consequence = "the kernel does not read it, and androidboot options are missing" };

    /// <inheritdoc cref="OfBootConfig"/>
    public static Diagnostic? OfRecoveryOverlay(ReadOnlySpan<byte> content) =>
        content.IsEmpty || content.StartsWith(DeviceTreeBlob.Magic) || content.StartsWith(DtboFields.Magic)
            || NotAKernel(content) is not { } kind
            ? null
            : Diagnostic.Error(
                DiagnosticCodes.SectionUnfit, $"the overlay for recovery is {kind}, no dtbo image", "give dtbo.img, or one overlay") with
            { Consequence = "recovery starts without its device tree" };

    /// <summary>KB5032 when a dtb section holds no device trees; null when it may, containers of vendors included.</summary>
    public static Diagnostic? OfDeviceTrees(ReadOnlySpan<byte> content, ReadOnlySpan<byte> stock = default)
    {
        if (content.IsEmpty || content.StartsWith(DeviceTreeBlob.Magic))
        {
            return null;
        }

        return IsText(content) || IsKnownOther(content) || stock.StartsWith(DeviceTreeBlob.Magic)
            ? Diagnostic.Error(
                DiagnosticCodes.DeviceTreeBlobInvalid, $"the dtb section holds {(IsText(content) ? "a text" : FileKind.Describe(content))}, no device tree blob",
                "put the right dtb in: kernelbuild boot set --dtb; dtc makes one of a source") with
            { Consequence = "the bootloader passes no device tree to the kernel, and nothing appears on the console" }
            : null;
    }

    /// <summary>
    /// KB5032 when all trees of a dtb section are overlays: an error when the stock image's are none, a warning when that is not known.
    /// </summary>
    public static Diagnostic? OfOverlaysAsTrees(ReadOnlySpan<byte> content, ReadOnlySpan<byte> stock = default) =>
        !AreOverlays(content) || AreOverlays(stock) ? null : new Diagnostic(
            DiagnosticCodes.DeviceTreeBlobInvalid, stock.IsEmpty ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
            "the dtb section holds an overlay, no device tree of a board")
        {
            Fix = "apply it to the board's tree: kernelbuild dt apply BASE OVERLAY -o FILE; or put it into dtbo.img: kernelbuild dtbo set",
            Consequence = "the kernel finds neither memory nor console in it, and nothing appears",
        };

    /// <summary>KB5032 when a tree that is to take an overlay's place is none.</summary>
    /// <param name="content">Decompressed.</param>
    /// <param name="stock">What stands there, decompressed.</param>
    public static Diagnostic? OfTreeAsOverlay(ReadOnlySpan<byte> content, ReadOnlySpan<byte> stock) =>
        !content.StartsWith(DeviceTreeBlob.Magic) || AreOverlays(content) || !AreOverlays(stock) ? null : Diagnostic.Error(
            DiagnosticCodes.DeviceTreeBlobInvalid, "the old entry is an overlay, and the new tree is none: it has no fragments",
            "compile an overlay: dtc -@ -O dtb -o board.dtbo board.dtso, with /plugin/ in its source") with
        { Consequence = "the bootloader cannot apply it to the board's tree, and does not boot" };

    /// <summary>Fragments in the root, each with what is laid over a target. Source: dtc, Documentation/dt-object-internal.txt.</summary>
    private static bool AreOverlays(ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith(DeviceTreeBlob.Magic))
        {
            return false;
        }

        var blobs = DeviceTreeBlob.FindAll(content);
        foreach (var (offset, length) in blobs)
        {
            if (!DeviceTree.TryRead(content.Slice(offset, length).ToArray(), out var tree, out _)
                || !tree.Root.Children.Any(child => child.Children.Any(one => one.Name == "__overlay__")))
            {
                return false;
            }
        }

        return !blobs.IsEmpty;
    }

    /// <summary>A kernel that unpacks itself, as EFI starts it: "MZ", and "zimg" at byte 4.</summary>
    /// <remarks>Source: Linux, drivers/firmware/efi/libstub/zboot-header.S.</remarks>
    private static bool IsEfiZboot(ReadOnlySpan<byte> content) => content.StartsWith("MZ"u8) && content.Length > 8 && content[4..].StartsWith("zimg"u8);

    private static string? NotAKernel(ReadOnlySpan<byte> content) =>
        content.StartsWith("\u007fELF"u8) ? Elf(content)
        : content.StartsWith("ANDROID!"u8) ? "a whole boot image"
        : content.StartsWith("070701"u8) || content.StartsWith("070702"u8) ? "a cpio archive"
        : IsKnownOther(content) ? FileKind.Describe(content)
        : IsText(content) ? "a text"
        : null;

    private static string Elf(ReadOnlySpan<byte> content)
    {
        const int machineAt = 18, arm64 = 183, x86 = 62;
        return content.Length < machineAt + 2 ? "an ELF header" : BinaryPrimitives.ReadUInt16LittleEndian(content[machineAt..]) switch
        {
            arm64 => "an ELF file for arm64, such as vmlinux",
            x86 => "an ELF file for x86-64",
            var other => $"an ELF file for machine {other}",
        };
    }

    private static bool IsKnownOther(ReadOnlySpan<byte> content) =>
        content.StartsWith("VNDRBOOT"u8) || content.StartsWith("AVB0"u8) || content.StartsWith("CrAU"u8) || content.StartsWith("PK\u0003\u0004"u8)
        || content.StartsWith(DeviceTreeBlob.Magic) || content.StartsWith(DtboFields.Magic)
        || content.StartsWith((ReadOnlySpan<byte>)[0x3a, 0xff, 0x26, 0xed]);

    private static bool IsText(ReadOnlySpan<byte> content)
    {
        foreach (var value in content[..Math.Min(content.Length, TextSample)])
        {
            if (value is < 0x20 and not (byte)'\n' and not (byte)'\r' and not (byte)'\t' and not 0x1b or 0x7f)
            {
                return false;
            }
        }

        return true;
    }
}
