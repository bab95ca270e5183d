using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>
/// The second question for partitions that are checked block by block: is the tree in the image that of its content, and its root the
/// signed one?
/// </summary>
internal static class HashtreeInspection
{
    /// <summary>What avbtool writes over a tree that the device is to ignore.</summary>
    private static ReadOnlySpan<byte> Erased => "ZeRoHaSH"u8;

    public static bool CanCheck(HashtreeDescriptor tree) =>
        HashTree.IsKnown(tree.HashAlgorithm) && HashTree.IsBlockSize(tree.DataBlockSize) && HashTree.IsBlockSize(tree.HashBlockSize)
            && tree.VerityVersion == 1;

    public static bool Check(ImageFile file, ImageFile image, HashtreeDescriptor tree, string name, bool acceptsErased, List<Diagnostic> findings)
    {
        var at = file.VbmetaOffset + tree.Offset;
        var length = (ulong)image.Bytes.Length;
        if (tree.ImageSize > length || tree.TreeOffset > length || tree.TreeSize > length - tree.TreeOffset)
        {
            findings.Add(DigestInspection.Wrong(
                at, DiagnosticCodes.AvbDigestDiffers,
                $"the hash tree of {name} is for {tree.ImageSize} bytes and stands at {tree.TreeOffset} with {tree.TreeSize}, and the "
                + $"image has {length}", $"{length} bytes", $"{Math.Max(tree.ImageSize, tree.TreeOffset + tree.TreeSize)} bytes"));
            return false;
        }

        var computed = HashTree.Compute(
            image.Bytes[..(int)tree.ImageSize], tree.DataBlockSize, tree.HashBlockSize, tree.HashAlgorithm, tree.Salt);
        if (!tree.RootDigest.Span.SequenceEqual(computed.Root.Span))
        {
            findings.Add(DigestInspection.Wrong(
                at, DiagnosticCodes.AvbDigestDiffers,
                $"the content of {name} is not the one that its AVB descriptor describes (root of the hash tree)",
                Convert.ToHexStringLower(computed.Root.Span), Convert.ToHexStringLower(tree.RootDigest.Span)));
            return false;
        }

        var stored = image.Bytes.Slice((int)tree.TreeOffset, (int)tree.TreeSize);
        if (stored.Span.StartsWith(Erased) && acceptsErased)
        {
            findings.Add(Diagnostic.Note(
                DiagnosticCodes.AvbDigestDiffers,
                $"the hash tree of {name} was erased: the content is the signed one, and the device cannot check it") with
                {
                    Offset = (long)tree.TreeOffset,
                });
            return true;
        }

        if (!MemoryWindow.AreEqual(stored, computed.Bytes))
        {
            findings.Add(DigestInspection.Wrong(
                (long)tree.TreeOffset, DiagnosticCodes.AvbDigestDiffers,
                $"the hash tree stored in {name} is not that of its content, whose root is the signed one", $"{stored.Length} other bytes",
                $"{computed.Bytes.Length} bytes of the tree"));
            return false;
        }

        return true;
    }
}
