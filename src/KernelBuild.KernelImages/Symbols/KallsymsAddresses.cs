using KernelBuild.Compression.Memory;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>
/// Where the addresses stand and what they count from. Before Linux 6.4 they stand in front of the names, since then behind the token
/// index; both places are looked at, and what stands there decides.
/// </summary>
/// <param name="Offset">Of kallsyms_addresses or kallsyms_offsets, in bytes from the start of the image.</param>
/// <param name="Form">What an entry is.</param>
/// <param name="BaseOffset">Of kallsyms_relative_base; -1 when there is none.</param>
internal sealed record KallsymsAddresses(int Offset, KallsymsAddressForm Form, int BaseOffset)
{
    private const int LargestAlignment = 256;
    private const int EntryLength = sizeof(int);
    private const int AddressLength = sizeof(ulong);

    // No arm64 kernel is larger: the module region around it has 2 GiB.
    private const uint LargestDistance = 1u << 31;

    public static KallsymsAddresses? Find(ReadOnlySpan<byte> image, KallsymsNames names, KallsymsTokens tokens) =>
        Behind(image, tokens.IndexEnd, names.Count) ?? InFront(image, names.CountOffset, names.Count);

    private static KallsymsAddresses? Behind(ReadOnlySpan<byte> image, int end, int count)
    {
        for (var alignment = 4; alignment <= LargestAlignment; alignment *= 2)
        {
            var at = (int)Align.Up(end, alignment);
            if (IsPlaceRelative(image, at, count))
            {
                return new KallsymsAddresses(at, KallsymsAddressForm.PlaceRelative, -1);
            }

            if (IsBaseRelative(image, at, count))
            {
                return new KallsymsAddresses(
                    at, KallsymsAddressForm.BaseRelative,
                    (int)Align.Up(at + ((long)count * EntryLength), Math.Max(alignment, AddressLength)));
            }
        }

        return null;
    }

    private static KallsymsAddresses? InFront(ReadOnlySpan<byte> image, int countOffset, int count)
    {
        for (var alignment = AddressLength; alignment <= LargestAlignment; alignment *= 2)
        {
            // Labels that are aligned to 256 have their value at the start of the block, not at its end.
            var baseOffset = alignment == AddressLength ? countOffset - AddressLength : (countOffset - 1) / alignment * alignment;
            var at = (baseOffset - ((long)count * EntryLength)) / alignment * alignment;
            if (at >= 0 && IsBaseRelative(image, at, count))
            {
                return new KallsymsAddresses((int)at, KallsymsAddressForm.BaseRelative, baseOffset);
            }

            at = (countOffset - ((long)count * AddressLength)) / alignment * alignment;
            if (at >= 0 && IsAbsolute(image, at, count))
            {
                return new KallsymsAddresses((int)at, KallsymsAddressForm.Absolute, -1);
            }
        }

        return null;
    }

    private static bool IsBaseRelative(ReadOnlySpan<byte> image, long at, int count)
    {
        if (!KernelBytes.Fits(image, at, (long)count * EntryLength))
        {
            return false;
        }

        var entries = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(image.Slice((int)at, count * EntryLength));
        var last = 0u;
        foreach (var entry in entries)
        {
            if (entry < last || entry >= LargestDistance)
            {
                return false;
            }

            last = entry;
        }

        // zeros in a row are sorted too, and the first symbol is the base itself
        return entries[0] == 0 && last > 0;
    }

    private static bool IsPlaceRelative(ReadOnlySpan<byte> image, long at, int count)
    {
        if (!KernelBytes.Fits(image, at, (long)count * EntryLength))
        {
            return false;
        }

        var entries = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(image.Slice((int)at, count * EntryLength));
        var last = long.MinValue;
        for (var i = 0; i < entries.Length; i++)
        {
            var place = at + ((long)i * EntryLength) + entries[i];
            if (place < last)
            {
                return false;
            }

            last = place;
        }

        // the first symbol is the start of the kernel, which lies in front of its read-only data
        return entries[0] < 0 && last > at + entries[0];
    }

    private static bool IsAbsolute(ReadOnlySpan<byte> image, long at, int count)
    {
        if (!KernelBytes.Fits(image, at, (long)count * AddressLength))
        {
            return false;
        }

        var last = 0ul;
        for (var i = 0; i < count; i++)
        {
            var address = KernelBytes.U64(image, at + ((long)i * AddressLength));
            if (address < last)
            {
                return false;
            }

            last = address;
        }

        return last >> 48 == 0xffff;
    }
}
