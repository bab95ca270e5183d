using System.Buffers.Binary;
using System.Numerics;

namespace KernelBuild.Compression.Codecs;

/// <summary>The 32-bit xxHash with seed 0, which LZ4 frames carry. Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.</summary>
internal static class Xxh32
{
    private const uint Prime1 = 2654435761;
    private const uint Prime2 = 2246822519;
    private const uint Prime3 = 3266489917;
    private const uint Prime4 = 668265263;
    private const uint Prime5 = 374761393;
    private const int Stripe = 16;

    public static uint Hash(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            var left = bytes;
            uint hash;
            if (bytes.Length >= Stripe)
            {
                uint a = Prime1 + Prime2, b = Prime2, c = 0, d = 0 - Prime1;
                for (; left.Length >= Stripe; left = left[Stripe..])
                {
                    a = Round(a, left);
                    b = Round(b, left[4..]);
                    c = Round(c, left[8..]);
                    d = Round(d, left[12..]);
                }

                hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            }
            else
            {
                hash = Prime5;
            }

            hash += (uint)bytes.Length;
            for (; left.Length >= sizeof(uint); left = left[sizeof(uint)..])
            {
                hash = BitOperations.RotateLeft(hash + (BinaryPrimitives.ReadUInt32LittleEndian(left) * Prime3), 17) * Prime4;
            }

            foreach (var value in left)
            {
                hash = BitOperations.RotateLeft(hash + (value * Prime5), 11) * Prime1;
            }

            hash = (hash ^ hash >> 15) * Prime2;
            hash = (hash ^ hash >> 13) * Prime3;
            return hash ^ hash >> 16;
        }
    }

    private static uint Round(uint lane, ReadOnlySpan<byte> bytes) =>
        unchecked(BitOperations.RotateLeft(lane + (BinaryPrimitives.ReadUInt32LittleEndian(bytes) * Prime2), 13) * Prime1);
}
