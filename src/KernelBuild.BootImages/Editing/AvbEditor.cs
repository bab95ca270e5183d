using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Adds what follows a changed image: AVB data for the new content, or the fill up to the partition's end.</summary>
internal static class AvbEditor
{
    private const int ShortestFill = 4096;

    /// <param name="old">The file before the edit.</param>
    /// <param name="content">The new image, without AVB data.</param>
    /// <param name="edits">Key, partition size and the like.</param>
    /// <param name="notes">What was done.</param>
    public static ReadOnlySequence<byte> Finish(ImageFile old, ReadOnlySequence<byte> content, ImageEdits edits, List<Diagnostic> notes)
    {
        if (old.Footer is null)
        {
            return Fill(old, content, edits);
        }

        var partitionSize = edits.PartitionSize ?? old.Bytes.Length;
        if (edits.Key is null && edits.RollbackIndex is null && edits.Algorithm is null && partitionSize == old.Bytes.Length
            && MemoryWindow.AreEqual(content, old.Content))
        {
            return new ReadOnlySequence<byte>(old.Bytes);
        }

        if (old.Vbmeta is not { } vbmeta)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, "the AVB metadata of the image cannot be read, so it cannot be updated for the change",
                "remove it first: kernelbuild avb strip"));
        }

        var key = edits.Key;
        if (key is null && vbmeta.Algorithm != AvbAlgorithm.None)
        {
            notes.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbNotSigned,
                $"the image was signed with {vbmeta.Algorithm?.Name ?? "an unknown algorithm"}; without the key the new metadata is not "
                + $"signed (algorithm NONE), its digest is that of the new content",
                "give the key: --key key.pem") with
            { Consequence = "an unlocked device boots it; a locked one does not" });
        }

        if (key is not null && !vbmeta.PublicKey.IsEmpty && !vbmeta.PublicKey.Span.SequenceEqual(key.PublicKey.ToArray()))
        {
            notes.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbKeyUntrusted, "the image is signed with another key than before", "give the key that the device trusts: --key key.pem") with
            {
                Found = AvbPublicKey.FingerprintOf(key.PublicKey.ToArray()),
                Expected = AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span),
                Consequence = "a locked device refuses it, unless vbmeta.img names the new key",
            });
        }

        var contents = VbmetaContents.From(vbmeta) with
        {
            Descriptors = Descriptors(vbmeta, content),
            RollbackIndex = edits.RollbackIndex ?? vbmeta.Header.RollbackIndex,
        };
        contents = contents.SignedWith(
            key, edits.Algorithm ?? (key is not null && vbmeta.Algorithm?.KeyBits == key.Bits ? vbmeta.Algorithm : null));
        return AvbFootedImage.Compose(content, VbmetaWriter.Write(contents), partitionSize, old.Footer.Reserved);
    }

    /// <summary>A tail without the zeros that fill the partition.</summary>
    internal static ReadOnlyMemory<byte> WithoutFill(ReadOnlyMemory<byte> tail)
    {
        var end = tail.Span.LastIndexOfAnyExcept((byte)0) + 1;
        return tail.Length - end >= ShortestFill ? tail[..end] : tail;
    }

    private static ImmutableArray<AvbDescriptor> Descriptors(Vbmeta vbmeta, ReadOnlySequence<byte> content)
    {
        var hashes = vbmeta.Descriptors.OfType<HashDescriptor>().ToArray();
        if (hashes.Length != 1)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"the AVB metadata behind the image has {hashes.Length} hash descriptors, expected one, so it is not clear which to change",
                "strip it and sign it again: kernelbuild avb strip, kernelbuild avb sign"));
        }

        return vbmeta.Descriptors.Replace(hashes[0], hashes[0].For(content));
    }

    private static ReadOnlySequence<byte> Fill(ImageFile old, ReadOnlySequence<byte> content, ImageEdits edits)
    {
        var tail = old.Boot?.Tail ?? old.VendorBoot?.Tail ?? old.Dtbo?.Tail ?? default;
        var hadFill = WithoutFill(tail).Length < tail.Length;
        var limit = edits.PartitionSize ?? (hadFill ? old.Bytes.Length : long.MaxValue);
        if (content.Length > limit)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition,
                $"the new image has {content.Length} bytes, and the partition {limit}",
                "compress the kernel, or give the partition's real size with --partition-size") with
            { Found = $"{content.Length}", Expected = $"at most {limit}", Consequence = "nothing was written" });
        }

        return hadFill
            ? ByteSequence.Of([.. content.Pieces(), .. ByteSequence.Zeros(Math.Min(limit, old.Bytes.Length) - content.Length)])
            : content;
    }
}
