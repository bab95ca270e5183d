using System.Buffers;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// A partition with a hash tree behind its content, and a code that repairs it, as avbtool's <c>add_hashtree_footer</c> lays them out: content,
/// zeros to a block, tree, codes; the metadata and the footer follow.
/// </summary>
/// <param name="Content">Content, tree and codes.</param>
/// <param name="OriginalSize">Bytes of the content before it was filled to a block.</param>
/// <param name="Descriptor">What the metadata say of it.</param>
public sealed record HashtreeFooter(ReadOnlySequence<byte> Content, long OriginalSize, HashtreeDescriptor Descriptor)
{
    private const int FecHeaderLength = 4096;

    /// <summary>Bytes that an image may have at most in a partition; avbtool leaves room for tree and codes of the whole partition.</summary>
    /// <exception cref="DiagnosticException">KB5018: an algorithm, a block size or roots that are not supported.</exception>
    public static long LargestImage(long partitionSize, HashtreeFooterOptions options)
    {
        CheckForm(options);
        var tree = options.WithoutTree ? 0 : HashTree.LengthOf(partitionSize, options.BlockSize, options.BlockSize, options.HashAlgorithm);

        // as the fec tool counts it, whose output ends with a block that says what it is
        var codes = options.WithoutTree || options.FecRoots == 0
            ? 0
            : ForwardErrorCorrection.LengthOf(partitionSize, options.FecRoots) + FecHeaderLength;
        return partitionSize - tree - codes - AvbFootedImage.ReservedLength;
    }

    /// <summary>Computes tree and codes.</summary>
    /// <param name="image">The content, without AVB data.</param>
    /// <param name="options">How.</param>
    /// <exception cref="DiagnosticException">KB5018: an algorithm, a block size or roots that are not supported. KB5025: it does not fit.</exception>
    public static HashtreeFooter Make(ReadOnlyMemory<byte> image, HashtreeFooterOptions options)
    {
        Check(image.Length, options);
        var length = Align.Up(image.Length, options.BlockSize);
        var padded = Padded(image, Align.Up(length, AvbFootedImage.BlockLength));
        var tree = HashTree.Compute(padded, options.BlockSize, options.BlockSize, options.HashAlgorithm, options.Salt);
        ReadOnlyMemory<byte> stored = options.WithoutTree ? default : tree.Bytes;
        byte[] covered = [.. padded.Span, .. Padded(stored, Align.Up(stored.Length, AvbFootedImage.BlockLength)).Span];
        ReadOnlyMemory<byte> codes = options.FecRoots == 0 || options.WithoutTree
            ? default
            : ForwardErrorCorrection.Compute(covered, options.FecRoots);
        var descriptor = new HashtreeDescriptor(
            default, options.PartitionName, options.HashAlgorithm, options.Salt, options.PersistentDigest ? default : tree.Root)
        {
            VerityVersion = 1,
            ImageSize = (ulong)padded.Length,
            TreeOffset = (ulong)padded.Length,
            TreeSize = (ulong)stored.Length,
            DataBlockSize = options.BlockSize,
            HashBlockSize = options.BlockSize,
            FecRoots = (uint)options.FecRoots,
            FecOffset = options.FecRoots == 0 ? 0 : (ulong)covered.Length,
            FecSize = (ulong)codes.Length,
            Flags = options.Flags,
        };
        return new HashtreeFooter(ByteSequence.Of([covered, codes]), image.Length, descriptor.Encoded());
    }

    /// <summary>The whole partition.</summary>
    /// <param name="vbmeta">The structure that has the descriptor.</param>
    /// <param name="partitionSize">Null for the smallest.</param>
    /// <exception cref="DiagnosticException">KB5025.</exception>
    public ReadOnlySequence<byte> With(ReadOnlyMemory<byte> vbmeta, long? partitionSize) => AvbFootedImage.Compose(
        Content, vbmeta,
        partitionSize ?? Align.Up(Content.Length, AvbFootedImage.BlockLength) + Align.Up(vbmeta.Length, AvbFootedImage.BlockLength)
            + AvbFootedImage.BlockLength,
        default, OriginalSize);

    private static void CheckForm(HashtreeFooterOptions options)
    {
        if (!HashTree.IsKnown(options.HashAlgorithm) || !HashTree.IsBlockSize(options.BlockSize)
            || (options.FecRoots != 0 && !ForwardErrorCorrection.IsPossible(options.FecRoots)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbDescriptorInvalid,
                $"no hash tree is made with {options.HashAlgorithm}, blocks of {options.BlockSize} and {options.FecRoots} roots",
                "sha1, sha256 or sha512, a power of two from 512 to 65536, and 2 to 24 roots"));
        }
    }

    private static void Check(long length, HashtreeFooterOptions options)
    {
        CheckForm(options);
        if (options.PartitionSize is { } size)
        {
            AvbFootedImage.CheckPartitionSize(size);
            var largest = LargestImage(size, options);
            if (Align.Up(length, options.BlockSize) > largest)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.ImageLargerThanPartition,
                    $"the image of {length} bytes does not fit into the partition of {size} with its hash tree: {largest} bytes at most",
                    "make the image smaller, or give the partition's real size") with
                { Found = $"{length}", Expected = $"at most {largest}", Consequence = "nothing was written" });
            }
        }
        else if (length % AvbFootedImage.BlockLength != 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition,
                $"the image has {length} bytes, no multiple of {AvbFootedImage.BlockLength}, and no partition size is given",
                "give the partition's size"));
        }
    }

    private static ReadOnlyMemory<byte> Padded(ReadOnlyMemory<byte> bytes, long length)
    {
        if (bytes.Length == length)
        {
            return bytes;
        }

        var padded = new byte[length];
        bytes.CopyTo(padded);
        return padded;
    }
}
