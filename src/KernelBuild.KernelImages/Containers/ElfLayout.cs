using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Containers;

/// <summary>
/// Lays a vmlinux out as it lies in memory, as objcopy -O binary does: the loadable segments at their distance from the first.
/// </summary>
internal static class ElfLayout
{
    private const int FileOffset = 8;
    private const int VirtualAddress = 16;
    private const int FileSize = 32;

    /// <param name="file">An ELF file.</param>
    /// <param name="maximumLength">Bytes the image may have at most.</param>
    /// <param name="image">Empty when the result is false.</param>
    /// <param name="start">The address of the first byte.</param>
    /// <param name="error">
    /// KB8001 a program; KB8002 another machine; KB8003 cut short; KB8016 no loadable segment, or one that lies too far away.
    /// </param>
    public static bool TryRead(
        ReadOnlyMemory<byte> file, long maximumLength, out ReadOnlyMemory<byte> image, out ulong start, out Diagnostic? error)
    {
        image = default;
        start = 0;
        var bytes = file.Span;
        if (bytes.Length < ElfFields.HeaderLength)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.KernelTruncated, $"the ELF header is cut: {bytes.Length} bytes of {ElfFields.HeaderLength}",
                "copy the file again");
            return false;
        }

        var machine = KernelBytes.U16(bytes, ElfFields.Machine);
        if (bytes[ElfFields.Class] != 2 || bytes[ElfFields.Data] != 1 || machine != ElfFields.MachineAarch64)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.KernelNotArm64,
                $"this is an ELF file for machine {machine} ({(bytes[ElfFields.Class] == 2 ? "64" : "32")} bit, "
                + $"{(bytes[ElfFields.Data] == 1 ? "little" : "big")} endian); only little-endian arm64 (183) is read",
                "give the arm64 vmlinux");
            return false;
        }

        var segments = new List<(long Offset, ulong Address, long Size)>();
        var table = (long)Math.Min(KernelBytes.U64(bytes, ElfFields.ProgramHeaderOffset), long.MaxValue);
        int count = KernelBytes.U16(bytes, ElfFields.ProgramHeaderCount);
        for (var i = 0; i < count; i++)
        {
            var header = table + ((long)i * ElfFields.ProgramHeaderLength);
            if (!KernelBytes.Fits(bytes, header, ElfFields.ProgramHeaderLength))
            {
                error = Diagnostic.Error(
                    DiagnosticCodes.KernelTruncated, $"the ELF file is cut: program header {i} of {count} lies behind its end",
                    "copy the file again");
                return false;
            }

            var size = (long)Math.Min(KernelBytes.U64(bytes, header + FileSize), long.MaxValue);
            if (KernelBytes.U32(bytes, header) == ElfFields.SegmentLoad && size > 0)
            {
                var offset = (long)Math.Min(KernelBytes.U64(bytes, header + FileOffset), long.MaxValue);
                if (!KernelBytes.Fits(bytes, offset, size))
                {
                    error = Diagnostic.Error(
                        DiagnosticCodes.KernelTruncated,
                        $"the ELF file is cut: segment {i} has {size} bytes at 0x{offset:x}, and the file has {bytes.Length}",
                        "copy the file again");
                    return false;
                }

                segments.Add((offset, KernelBytes.U64(bytes, header + VirtualAddress), size));
            }
        }

        return TryPlace(file, segments, maximumLength, out image, out start, out error);
    }

    private static bool TryPlace(
        ReadOnlyMemory<byte> file, List<(long Offset, ulong Address, long Size)> segments, long maximumLength,
        out ReadOnlyMemory<byte> image, out ulong start, out Diagnostic? error)
    {
        image = default;
        start = 0;
        error = null;
        if (segments.Count == 0)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.KernelElfInvalid, "the ELF file has no loadable segment: it is not a linked kernel",
                "give vmlinux, not an object file or a module");
            return false;
        }

        var lowest = segments.Min(segment => segment.Address);
        if (lowest >> 48 != 0xffff)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.KernelNotRecognized,
                $"this is an arm64 program, not a kernel: it is loaded at 0x{lowest:x}, and a kernel's addresses start with ffff",
                "give vmlinux, or another form of the kernel");
            return false;
        }

        var length = 0ul;
        foreach (var segment in segments)
        {
            // unsigned: what wraps around is too far away as well
            var end = segment.Address - lowest + (ulong)segment.Size;
            length = Math.Max(length, segment.Address - lowest > (ulong)maximumLength ? ulong.MaxValue : end);
        }

        if (length > (ulong)maximumLength)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.KernelElfInvalid, $"the loadable segments of the ELF file lie more than {maximumLength} bytes apart",
                "give the vmlinux as the kernel's build left it");
            return false;
        }

        var memory = new byte[length];
        foreach (var (offset, address, size) in segments)
        {
            file.Span.Slice((int)offset, (int)size).CopyTo(memory.AsSpan((int)(address - lowest)));
        }

        image = memory;
        start = lowest;
        return true;
    }
}
