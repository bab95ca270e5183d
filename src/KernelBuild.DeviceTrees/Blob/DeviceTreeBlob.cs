using System.Buffers.Binary;

namespace KernelBuild.DeviceTrees.Blob;

/// <summary>
/// Just enough of the flattened device tree's header to find blobs and to see whether they are whole; big endian.
/// Source: the Devicetree Specification, chapter 5.
/// </summary>
public static class DeviceTreeBlob
{
    private const int HeaderLength = 40;
    private const int TotalSizeOffset = 4;
    private const int StructureOffset = 8;
    private const int LastCompatibleVersion = 24;
    private const uint BeginNode = 1;
    private const int Padding = 4096;

    /// <summary>No blob is larger: Documentation/arch/arm64/booting.rst, "must not exceed 2 megabytes in size".</summary>
    private const int LargestAppended = 2 << 20;

    public static ReadOnlySpan<byte> Magic => [0xd0, 0x0d, 0xfe, 0xed];

    /// <summary>Bytes of the blob that starts here; 0 when none does, or when it is cut.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength || !bytes.StartsWith(Magic))
        {
            return 0;
        }

        var total = BinaryPrimitives.ReadUInt32BigEndian(bytes[TotalSizeOffset..]);
        var structure = BinaryPrimitives.ReadUInt32BigEndian(bytes[StructureOffset..]);
        return total >= HeaderLength && total <= bytes.Length && structure >= HeaderLength && structure <= total - sizeof(uint)
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[LastCompatibleVersion..]) <= 17
            && BinaryPrimitives.ReadUInt32BigEndian(bytes[(int)structure..]) == BeginNode
                ? (int)total
                : 0;
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

        for (var at = 0; at < kernel.Length;)
        {
            var next = kernel[at..].IndexOf(Magic);
            if (next < 0)
            {
                return kernel.Length;
            }

            at += next;

            // One at the very start is no kernel; what lies in the middle of a kernel is part of it.
            if (ReachesEnd(kernel[at..], out var walked) && at > 0)
            {
                return at;
            }

            // A chain that does not reach the end does not do so from its middle either.
            at += Math.Max(1, walked);
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
