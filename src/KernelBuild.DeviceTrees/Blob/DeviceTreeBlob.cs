using System.Buffers.Binary;
using System.Collections.Immutable;

namespace KernelBuild.DeviceTrees.Blob;

/// <summary>
/// Finds flattened device trees among other bytes, and tells from their headers whether they are whole.
/// Source: the Devicetree Specification, chapter 5.
/// </summary>
public static class DeviceTreeBlob
{
    private const int Padding = 4096;

    /// <summary>No blob is larger: Documentation/arch/arm64/booting.rst, "must not exceed 2 megabytes in size".</summary>
    private const int LargestAppended = 2 << 20;

    public static ReadOnlySpan<byte> Magic => [0xd0, 0x0d, 0xfe, 0xed];

    /// <summary>Bytes of the blob that starts here; 0 when none does, or when it is cut.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FlattenedFields.V17HeaderLength || !bytes.StartsWith(Magic))
        {
            return 0;
        }

        var header = FlattenedHeader.Read(bytes);
        var (total, structure) = (header.TotalSize, header.StructureOffset);
        return total >= FlattenedFields.V17HeaderLength && total <= bytes.Length
            && structure >= FlattenedFields.V17HeaderLength && structure <= total - FlattenedFields.TokenLength
            && header.LastCompatibleVersion <= FlattenedFields.HighestVersion
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[(int)structure..]) == FlattenedFields.BeginNode
                ? (int)total
                : 0;
    }

    /// <summary>Where the next blob could start: the magic stands there, and nothing more is known of it.</summary>
    /// <param name="from">Where to look from.</param>
    /// <returns>An offset; -1 when there is none.</returns>
    public static int NextMagic(ReadOnlySpan<byte> bytes, int from) =>
        bytes[from..].IndexOf(Magic) is >= 0 and var found ? from + found : -1;

    /// <summary>All blobs in some bytes, in their order; what stands between them is not looked at.</summary>
    public static ImmutableArray<(int Offset, int Length)> FindAll(ReadOnlySpan<byte> bytes)
    {
        var found = ImmutableArray.CreateBuilder<(int, int)>();
        for (var at = NextMagic(bytes, 0); at >= 0;)
        {
            var length = LengthOf(bytes[at..]);
            if (length > 0)
            {
                found.Add((at, length));
            }

            at = NextMagic(bytes, at + Math.Max(1, length));
        }

        return found.ToImmutable();
    }

    /// <summary>Whether the bytes are blobs from the start to the end, with nothing but zeros behind each.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        var found = false;
        while (LengthOf(bytes) is > 0 and var length)
        {
            found = true;
            bytes = bytes[length..];
            var next = bytes.IndexOfAnyExcept((byte)0);
            if (next < 0)
            {
                return true;
            }

            bytes = bytes[next..];
        }

        return found && bytes.IsEmpty;
    }

    /// <summary>Where the blobs that a kernel is followed by start: from there on there is nothing else, to the end.</summary>
    /// <param name="kernel">A kernel, compressed or not, with or without blobs behind it.</param>
    /// <returns>An offset; the length when none follow.</returns>
    public static int FindAppended(ReadOnlySpan<byte> kernel)
    {
        // The last blob of a chain starts near the end. As a rule there is none, and the other 40 MiB need not be looked at.
        if (kernel[Math.Max(0, kernel.Length - LargestAppended - Padding)..].IndexOf(Magic) < 0)
        {
            return kernel.Length;
        }

        for (var at = NextMagic(kernel, 0); at >= 0;)
        {
            // One at the very start is no kernel; what lies in the middle of a kernel is part of it.
            if (ReachesEnd(kernel[at..], out var walked) && at > 0)
            {
                return at;
            }

            // A chain that does not reach the end does not do so from its middle either.
            at = NextMagic(kernel, at + Math.Max(1, walked));
        }

        return kernel.Length;
    }

    private static bool ReachesEnd(ReadOnlySpan<byte> bytes, out int walked)
    {
        walked = 0;
        while (LengthOf(bytes[walked..]) is > 0 and var length)
        {
            walked += length;
            var zeros = bytes[walked..].IndexOfAnyExcept((byte)0);
            if (zeros < 0)
            {
                return bytes.Length - walked < Padding;
            }

            if (zeros >= Padding)
            {
                return false;
            }

            walked += zeros;
        }

        return false;
    }
}
