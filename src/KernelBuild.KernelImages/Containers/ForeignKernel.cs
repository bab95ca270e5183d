using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Containers;

/// <summary>Says in one line what a file is that is no arm64 kernel.</summary>
internal static class ForeignKernel
{
    private const int ShortestKernel = 64;

    /// <summary>Whether it is a kernel for another architecture.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => bytes.Length >= ShortestKernel && Architecture(bytes) is not null;

    /// <returns>KB8001, KB8002 or KB8003.</returns>
    public static Diagnostic Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Diagnostic.Error(DiagnosticCodes.KernelTruncated, "the file is empty", "copy it again");
        }

        if (bytes.Length < ShortestKernel)
        {
            return Diagnostic.Error(
                DiagnosticCodes.KernelTruncated, $"{bytes.Length} bytes are not a kernel: the header alone has {ShortestKernel}",
                "copy the file again");
        }

        return Architecture(bytes) is { } architecture
            ? Diagnostic.Error(
                DiagnosticCodes.KernelNotArm64, $"this is a kernel for {architecture}; only arm64 kernels are read",
                "give the arm64 image") with { Offset = 0 }
            : Diagnostic.Error(
                DiagnosticCodes.KernelNotRecognized,
                $"this is not a kernel: it starts with {Convert.ToHexStringLower(bytes[..8])}, and has no arm64 header (ARMd at byte 0x38)",
                "give a boot.img, a compressed or raw arm64 kernel, or a vmlinux; kernelbuild boot info says what an image is") with
            { Offset = 0 };
    }

    private static string? Architecture(ReadOnlySpan<byte> bytes)
    {
        const int x86Magic = 0x202;
        const int riscvMagic = 0x38;
        const int armMagic = 0x24;
        if (bytes.Length > x86Magic + 4 && bytes[x86Magic..].StartsWith("HdrS"u8))
        {
            return "x86 (bzImage)";
        }

        if (bytes[riscvMagic..].StartsWith("RSC\u0005"u8))
        {
            return "RISC-V";
        }

        if (KernelBytes.U32(bytes, armMagic) is 0x016f2818)
        {
            return "32-bit arm (zImage)";
        }

        return PeMachine(bytes);
    }

    private static string? PeMachine(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("MZ"u8))
        {
            return null;
        }

        var pe = KernelBytes.U32(bytes, 0x3c);
        return KernelBytes.Fits(bytes, pe, 6) && bytes[(int)pe..].StartsWith("PE\0\0"u8)
            ? KernelBytes.U16(bytes, pe + 4L) switch
            {
                0x8664 => "x86-64 (EFI)",
                0x14c => "x86 (EFI)",
                0x6264 => "LoongArch",
                0x5064 => "RISC-V",
                0x1c2 => "32-bit arm (EFI)",
                _ => null,
            }
            : null;
    }
}
