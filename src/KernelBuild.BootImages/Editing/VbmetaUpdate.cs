using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>
/// Updates vbmeta.img for images that were changed: their descriptors and the keys of chained ones are copied in, and it is signed again.
/// </summary>
public static class VbmetaUpdate
{
    /// <summary>The new vbmeta image, of the same size as the old file.</summary>
    /// <param name="vbmetaFile">vbmeta.img, or vbmeta_system.img and the like.</param>
    /// <param name="changed">The images, each with the partition that it is for; null for the one that its AVB footer names.</param>
    /// <param name="key">Signs; null for algorithm NONE.</param>
    /// <param name="isAsked">Whether the key was given for this image, so that it may be another one than has signed it.</param>
    /// <param name="findings">What was done and what follows from it.</param>
    /// <exception cref="DiagnosticException">
    /// KB5031: not a vbmeta image, it does not describe an image, or another key has signed it. KB5025: it has become larger than its file.
    /// </exception>
    public static byte[] Apply(
        ImageFile vbmetaFile, IReadOnlyList<(ImageFile File, string? Partition)> changed, AvbPrivateKey? key, bool isAsked, out IReadOnlyList<Diagnostic> findings)
    {
        if (vbmetaFile.Vbmeta is not { } vbmeta || vbmetaFile.Footer is not null)
        {
            throw Impossible("the file is not a vbmeta image", "give vbmeta.img");
        }

        var notes = new List<Diagnostic>();
        var descriptors = vbmeta.Descriptors;
        foreach (var image in changed)
        {
            descriptors = Update(descriptors, image.File, image.Partition, notes);
        }

        var isOtherKey = key is not null && !vbmeta.PublicKey.IsEmpty && !vbmeta.PublicKey.Span.SequenceEqual(key.PublicKey.ToArray());
        if (descriptors.SequenceEqual(vbmeta.Descriptors) && !(isAsked && (isOtherKey || vbmeta.PublicKey.IsEmpty)))
        {
            findings = [ImageEditor.Note("the vbmeta image says so already: it was not touched")];
            return vbmetaFile.Bytes.ToArray();
        }

        if (isOtherKey && !isAsked)
        {
            throw Impossible(
                $"the vbmeta image has to be signed again, and its key is another one ({AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span)}) than "
                + "the image's",
                "give its key, or the one that is to take its place: --vbmeta-key key.pem");
        }

        if (isOtherKey)
        {
            notes.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbKeyUntrusted, "the vbmeta image is signed with another key than before",
                "the device must trust the new one") with
            {
                Found = AvbPublicKey.FingerprintOf(key!.PublicKey.ToArray()),
                Expected = AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span),
                Consequence = "a locked device that trusts the old key refuses it (ERROR_PUBLIC_KEY_REJECTED)",
            });
        }

        if (key is null && vbmeta.Algorithm != AvbAlgorithm.None)
        {
            notes.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbNotSigned,
                $"the vbmeta image was signed with {vbmeta.Algorithm?.Name}; without the key the new one is not signed (algorithm NONE)",
                "give its key: --vbmeta-key key.pem") with
            { Consequence = "an unlocked device boots it; a locked one does not" });
        }

        var contents = (VbmetaContents.From(vbmeta) with { Descriptors = descriptors }).SignedWith(
            key, key is not null && vbmeta.Algorithm?.KeyBits == key.Bits ? vbmeta.Algorithm : null);
        var written = VbmetaWriter.Write(contents);
        findings = notes;
        if (written.Length > vbmetaFile.Bytes.Length)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition,
                $"the new vbmeta has {written.Length} bytes, and its file {vbmetaFile.Bytes.Length}",
                "use a smaller key, or recreate the image with avb make-vbmeta"));
        }

        // What stood behind the structure stays; where the old one was longer, zeros.
        var bytes = vbmetaFile.Bytes.ToArray();
        bytes.AsSpan(0, vbmeta.Bytes.Length).Clear();
        written.CopyTo(bytes, 0);
        return bytes;
    }

    private static ImmutableArray<AvbDescriptor> Update(
        ImmutableArray<AvbDescriptor> descriptors, ImageFile image, string? partition, List<Diagnostic> notes)
    {
        HashDescriptor[] own =
        [
            .. image.Vbmeta?.Descriptors.OfType<HashDescriptor>().Where(hash => partition is null || hash.PartitionName == partition) ?? [],
        ];
        var name = partition ?? (own.Length == 1
            ? own[0].PartitionName
            : throw Impossible("an image has no AVB footer with one hash descriptor", "sign it first: kernelbuild avb sign"));
        var printable = HeaderText.Printable(name);
        var found = false;
        for (var i = 0; i < descriptors.Length; i++)
        {
            switch (descriptors[i])
            {
                case HashDescriptor hash when hash.PartitionName == name:
                    found = true;
                    // an image without a footer is hashed as far as it goes, with what the old descriptor says of the salt
                    var now = own.Length == 1 ? own[0] : hash.For(new ReadOnlySequence<byte>(image.Bytes));
                    if (!hash.Raw.Span.SequenceEqual(now.Raw.Span))
                    {
                        descriptors = descriptors.SetItem(i, now);
                        notes.Add(ImageEditor.Note($"the hash descriptor of {printable} was updated"));
                    }

                    break;
                case ChainPartitionDescriptor chain when chain.PartitionName == name:
                    found = true;
                    if (image.Vbmeta is not { PublicKey.IsEmpty: false })
                    {
                        throw Impossible($"{printable} is a chained partition and is not signed", "sign it: --key key.pem");
                    }

                    if (!chain.PublicKey.Span.SequenceEqual(image.Vbmeta.PublicKey.Span))
                    {
                        descriptors = descriptors.SetItem(
                            i,
                            ChainPartitionDescriptor.Create(
                                chain.PartitionName, chain.RollbackIndexLocation, image.Vbmeta.PublicKey, chain.Flags));
                        notes.Add(ImageEditor.Note($"the chain descriptor of {printable} names the new key"));
                    }

                    break;
            }
        }

        return found
            ? descriptors
            : throw Impossible($"the vbmeta image has no descriptor of the partition {printable}", "give the vbmeta image that has one");
    }

    private static DiagnosticException Impossible(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.EditImpossible, message, fix));
}
