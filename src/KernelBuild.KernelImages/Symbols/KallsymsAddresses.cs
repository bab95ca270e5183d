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
    private const int EntryLength = sizeof(int);
    private const int AddressLength = sizeof(ulong);

    // No arm64 kernel is larger: the module region around it has 2 GiB.
    private const uint LargestDistance = 1u << 31;

    /// <param name="image">The image.</param>
    /// <param name="names">Its names.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="quadAt">What a quad holds when the kernel runs where it was linked to: relocations fill addresses in.</param>
    public static KallsymsAddresses? Find(ReadOnlySpan<byte> image, KallsymsNames names, KallsymsTokens tokens, Func<long, ulong> quadAt) =>
        Behind(image, tokens.IndexEnd, names) ?? InFront(image, names, quadAt);

    private static KallsymsAddresses? Behind(ReadOnlySpan<byte> image, int end, KallsymsNames names)
    {
        var at = Align.Up(end, names.Alignment);
        if (IsPlaceRelative(image, at, names.Count))
        {
            return new KallsymsAddresses((int)at, KallsymsAddressForm.PlaceRelative, -1);
        }

        return DistancesAt(image, at, names.Count) is { } form
            ? new KallsymsAddresses(
                (int)at, form, (int)Align.Up(at + ((long)names.Count * EntryLength), Math.Max(names.Alignment, AddressLength)))
            : null;
    }

    /// <summary>
    /// All labels are aligned alike, so that the number of symbols says where its neighbours start: a search would be misled by padding.
    /// </summary>
    private static KallsymsAddresses? InFront(ReadOnlySpan<byte> image, KallsymsNames names, Func<long, ulong> quadAt)
    {
        var alignment = Math.Max(names.Alignment, AddressLength);
        var baseOffset = (names.CountOffset - AddressLength) / alignment * alignment;
        var at = (baseOffset - ((long)names.Count * EntryLength)) / alignment * alignment;
        if (at >= 0 && DistancesAt(image, at, names.Count) is { } form)
        {
            return new KallsymsAddresses((int)at, form, baseOffset);
        }

        at = (names.CountOffset - ((long)names.Count * AddressLength)) / alignment * alignment;
        return at >= 0 && IsAbsolute(image, at, names.Count, quadAt)
            ? new KallsymsAddresses((int)at, KallsymsAddressForm.Absolute, -1)
            : null;
    }

    private static KallsymsAddressForm? DistancesAt(ReadOnlySpan<byte> image, long at, int count)
    {
        if (!KernelBytes.Fits(image, at, (long)count * EntryLength))
        {
            return null;
        }

        var entries = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(image.Slice((int)at, count * EntryLength));
        return IsAscending(entries) ? KallsymsAddressForm.BaseRelative
            : IsWithNumbers(entries) ? KallsymsAddressForm.BaseRelativeWithNumbers
            : null;
    }

    /// <summary>
    /// The base is the lowest of the symbols that are listed, or, before Linux 5.3, of all that there are: then the first distance is none.
    /// </summary>
    private static bool IsAscending(ReadOnlySpan<uint> entries)
    {
        var last = 0u;
        foreach (var entry in entries)
        {
            if (entry < last || entry >= LargestDistance)
            {
                return false;
            }

            last = entry;
        }

        return last > entries[0];
    }

    private static bool IsWithNumbers(ReadOnlySpan<uint> entries)
    {
        var numbers = 0;
        while (numbers < entries.Length && (int)entries[numbers] >= 0)
        {
            if (numbers > 0 && entries[numbers] < entries[numbers - 1])
            {
                return false;
            }

            numbers++;
        }

        for (var i = numbers + 1; i < entries.Length; i++)
        {
            if ((int)entries[i] >= 0 || entries[i] > entries[i - 1])
            {
                return false;
            }
        }

        return numbers < entries.Length && entries[^1] < entries[numbers];
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

    private static bool IsAbsolute(ReadOnlySpan<byte> image, long at, int count, Func<long, ulong> quadAt)
    {
        if (!KernelBytes.Fits(image, at, (long)count * AddressLength))
        {
            return false;
        }

        var last = 0ul;
        for (var i = 0; i < count; i++)
        {
            var address = quadAt(at + ((long)i * AddressLength));
            if (address < last)
            {
                return false;
            }

            last = address;
        }

        return last >> 48 == 0xffff;
    }
}
