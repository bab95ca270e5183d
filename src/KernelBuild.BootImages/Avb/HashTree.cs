using System.Security.Cryptography;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// The hash tree of dm-verity, version 1, by which a partition is checked block by block while it is read: each block's digest
/// H(salt || block) stands in a block of the level above, up to the one whose digest is the root.
/// Source: Linux, Documentation/admin-guide/device-mapper/verity.rst; AOSP, avbtool, <c>generate_hash_tree</c>.
/// </summary>
/// <param name="Root">The digest of the top block; of the data itself when that is a single block.</param>
/// <param name="Bytes">The levels as they are stored, the top one first; empty when the data is a single block.</param>
public sealed record HashTree(ReadOnlyMemory<byte> Root, ReadOnlyMemory<byte> Bytes)
{
    // what one task hashes: long enough that dividing the work costs nothing, short enough that two cores end together
    private const int BlocksOfTask = 1024;

    /// <summary>Whether this library can compute it: "sha1", "sha256" and "sha512"; "blake2b-256" is not among them.</summary>
    public static bool IsKnown(string algorithm) => algorithm is "sha1" or "sha256" or "sha512";

    /// <summary>Whether block sizes are ones that dm-verity takes: powers of two from 512 to 65536.</summary>
    public static bool IsBlockSize(uint size) => size is >= 512 and <= 65536 && uint.IsPow2(size);

    /// <summary>Computes the tree; a last block that is not full is filled with zeros.</summary>
    /// <param name="image">The data.</param>
    /// <param name="dataBlockSize">Bytes; see <see cref="IsBlockSize"/>.</param>
    /// <param name="hashBlockSize">Bytes; see <see cref="IsBlockSize"/>.</param>
    /// <param name="algorithm">See <see cref="IsKnown"/>.</param>
    /// <param name="salt">Any number of bytes.</param>
    public static HashTree Compute(
        ReadOnlyMemory<byte> image, uint dataBlockSize, uint hashBlockSize, string algorithm, ReadOnlyMemory<byte> salt)
    {
        var levels = Levels(image.Length, dataBlockSize, hashBlockSize, algorithm);
        var bytes = new byte[levels.Sum()];
        var below = image;
        var blockSize = (int)dataBlockSize;
        var end = bytes.Length;
        foreach (var length in levels)
        {
            // the lowest level is the last in the file
            end -= (int)length;
            var level = bytes.AsMemory(end, (int)length);
            HashBlocks(below, blockSize, algorithm, salt, level, Width(algorithm));
            below = level;
            blockSize = (int)hashBlockSize;
        }

        var root = new byte[DigestLength(algorithm)];
        HashBlocks(below, blockSize, algorithm, salt, root, root.Length);
        return new HashTree(root, bytes);
    }

    /// <summary>Bytes that the tree of an image has.</summary>
    public static long LengthOf(long imageLength, uint dataBlockSize, uint hashBlockSize, string algorithm) =>
        Levels(imageLength, dataBlockSize, hashBlockSize, algorithm).Sum();

    /// <summary>Bytes of each level, the lowest first; none when the data is a single block.</summary>
    private static List<long> Levels(long imageLength, uint dataBlockSize, uint hashBlockSize, string algorithm)
    {
        var levels = new List<long>();
        for (var blocks = Align.Units(imageLength, dataBlockSize); blocks > 1;)
        {
            blocks = Align.Units(blocks * Width(algorithm), hashBlockSize);
            levels.Add(blocks * hashBlockSize);
        }

        return levels;
    }

    /// <summary>Bytes of a digest; the default length of the salt too.</summary>
    public static int DigestLength(string algorithm) => algorithm switch
    {
        "sha1" => SHA1.HashSizeInBytes,
        "sha512" => SHA512.HashSizeInBytes,
        _ => SHA256.HashSizeInBytes,
    };

    /// <summary>Bytes that a digest takes in the tree: the next power of two.</summary>
    private static int Width(string algorithm) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)DigestLength(algorithm));

    private static void HashBlocks(
        ReadOnlyMemory<byte> data, int blockSize, string algorithm, ReadOnlyMemory<byte> salt, Memory<byte> digests, int width)
    {
        var blocks = Math.Max(1, (int)Align.Units(data.Length, (uint)blockSize));
        Parallel.For(0, (int)Align.Units(blocks, BlocksOfTask), task =>
        {
            using var hash = IncrementalHash.CreateHash(algorithm switch
            {
                "sha1" => HashAlgorithmName.SHA1,
                "sha512" => HashAlgorithmName.SHA512,
                _ => HashAlgorithmName.SHA256,
            });
            var first = task * BlocksOfTask;
            var last = Math.Min(blocks, first + BlocksOfTask);
            var range = data[Math.Min(data.Length, first * blockSize)..(int)Math.Min(data.Length, (long)last * blockSize)];
            MemoryWindow.Prepare(range);
            for (var block = first; block < last; block++)
            {
                var content = range.Span[
                    Math.Min(range.Length, (block - first) * blockSize)..Math.Min(range.Length, (block - first + 1) * blockSize)];
                hash.AppendData(salt.Span);
                hash.AppendData(content);
                if (content.Length < blockSize)
                {
                    hash.AppendData(new byte[blockSize - content.Length]);
                }

                hash.GetHashAndReset(digests.Span[(block * width)..]);
            }

            MemoryWindow.Release(range);
        });
    }
}
