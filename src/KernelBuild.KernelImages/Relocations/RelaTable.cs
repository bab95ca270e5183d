using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Relocations;

/// <summary>
/// .rela.dyn of a relocatable arm64 kernel, found by what its entries look like: place (u64), type (u64, R_AARCH64_RELATIVE = 0x403),
/// addend (u64). Source: ELF for the Arm 64-bit Architecture; arch/arm64/kernel/pi/relocate.c, relocate_kernel.
/// </summary>
/// <param name="Offset">Of the first entry, in bytes from the start of the image.</param>
/// <param name="Count">Entries.</param>
internal sealed record RelaTable(int Offset, int Count)
{
    public const int EntryLength = 24;
    private const int TypeOffset = 8;
    private const int AddendOffset = 16;
    private const ulong Relative = 0x403;
    private const int ProbeStep = 1024;
    private const int FewestEntries = 64;

    /// <summary>The longest run of such entries; null when there is none of at least 64.</summary>
    public static RelaTable? Find(ReadOnlySpan<byte> image)
    {
        RelaTable? best = null;
        for (var probe = 0; probe + ProbeStep <= image.Length; probe += ProbeStep)
        {
            // Inside the table one of three neighbouring quads is a type.
            for (var at = probe; at < probe + EntryLength; at += sizeof(ulong))
            {
                if (IsEntry(image, at - TypeOffset) && IsEntry(image, at - TypeOffset + EntryLength))
                {
                    var table = Extend(image, at - TypeOffset);
                    best = best is null || table.Count > best.Count ? table : best;
                    probe = Math.Max(probe, (table.Offset + (table.Count * EntryLength)) / ProbeStep * ProbeStep);
                    break;
                }
            }
        }

        return best is { Count: >= FewestEntries } ? best : null;
    }

    public ulong Place(ReadOnlySpan<byte> image, int index) => KernelBytes.U64(image, Offset + ((long)index * EntryLength));

    public ulong Target(ReadOnlySpan<byte> image, int index) => KernelBytes.U64(image, Offset + ((long)index * EntryLength) + AddendOffset);

    private static bool IsEntry(ReadOnlySpan<byte> image, int at) =>
        at >= 0 && KernelBytes.U64(image, at + TypeOffset) == Relative && KernelBytes.U64(image, at) >> 48 == 0xffff;

    private static RelaTable Extend(ReadOnlySpan<byte> image, int at)
    {
        var first = at;
        while (IsEntry(image, first - EntryLength))
        {
            first -= EntryLength;
        }

        var end = at;
        while (IsEntry(image, end))
        {
            end += EntryLength;
        }

        return new RelaTable(first, (end - first) / EntryLength);
    }
}
