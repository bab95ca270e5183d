using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Changes of a vbmeta image itself.</summary>
public static class VbmetaFile
{
    /// <summary>A new structure in a vbmeta image; what stands behind the old one, such as a vendor's trailer, keeps its place.</summary>
    /// <param name="file">A vbmeta image.</param>
    /// <param name="written">The structure.</param>
    /// <param name="size">Bytes that the file is to have; null for as many as it has, or as the structure needs.</param>
    /// <exception cref="DiagnosticException">
    /// KB5031: something stands where the longer structure would. KB5025: it does not fit into the size.
    /// </exception>
    public static byte[] With(ImageFile file, byte[] written, long? size = null)
    {
        var old = file.Vbmeta!.Bytes.Length;
        var behind = file.Bytes[old..];
        var taken = written.Length - old;
        if (taken > 0 && behind.Span[..Math.Min(taken, behind.Length)].ContainsAnyExcept((byte)0))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"the new structure has {written.Length} bytes, and what stands {old} bytes into the file would be written over",
                "sign with a key of the old size, or make a vbmeta image anew: kernelbuild avb make-vbmeta") with { Offset = old });
        }

        // what follows the last byte that is not zero is fill, which a smaller partition has less of
        var kept = behind[..(behind.Span.LastIndexOfAnyExcept((byte)0) + 1)];
        var needed = Math.Max(written.Length, kept.IsEmpty ? 0 : old + kept.Length);
        if (size < needed)
        {
            throw Unfit($"the vbmeta image has {needed} bytes, and the partition is to have {size}", needed, size.Value);
        }

        if (size > Array.MaxLength)
        {
            throw Unfit($"a vbmeta image of {size} bytes is larger than one that can be read", size.Value, Array.MaxLength);
        }

        var bytes = new byte[size ?? Math.Max(file.Bytes.Length, written.Length)];
        kept.CopyTo(bytes.AsMemory(old));
        written.CopyTo(bytes, 0);
        return bytes;
    }

    private static DiagnosticException Unfit(string message, long found, long most) => new(Diagnostic.Error(
        DiagnosticCodes.ImageLargerThanPartition, message, "give the partition's real size: --partition-size") with
    { Found = $"{found}", Expected = $"at most {most}", Consequence = "nothing was written" });

    /// <summary>
    /// Other flags of a vbmeta image; descriptors, rollback index and all else stay. Without a key only the flags change, as with
    /// <c>fastboot --disable-verity</c>, and the signature no longer holds.
    /// </summary>
    /// <param name="file">vbmeta.img.</param>
    /// <param name="flags">All that are to be set.</param>
    /// <param name="key">Signs; null to leave the signature as it is.</param>
    /// <exception cref="DiagnosticException">KB5023: flags of this image would be refused, or there are no such ones. KB5031.</exception>
    public static EditedImage WithFlags(ImageFile file, VbmetaFlags flags, AvbPrivateKey? key)
    {
        if (file is not { Kind: ImageKind.Vbmeta, Footer: null, Vbmeta: { } vbmeta })
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.AvbPolicy, "the file is no vbmeta image, and below the top level the bootloader refuses any flag",
                "give vbmeta.img"));
        }

        var expectation = new ImageExpectation { AllowsStaleSignature = key is null };
        if (vbmeta.Header.Flags == flags && key is null)
        {
            return new EditedImage(
                new ReadOnlySequence<byte>(file.Bytes), expectation,
                    [ImageEditor.Note("the flags are these already: nothing was changed")]);
        }

        if (key is not null)
        {
            var contents = (VbmetaContents.From(vbmeta) with { Flags = flags })
                .SignedWith(key, vbmeta.Algorithm?.KeyBits == key.Bits ? vbmeta.Algorithm : null);
            return new EditedImage(
                new ReadOnlySequence<byte>(With(file, VbmetaWriter.Write(contents))), expectation, [.. OtherKey(vbmeta, key)]);
        }

        var bytes = file.Bytes.ToArray();
        BigEndian.PutU32(bytes.AsSpan((int)file.VbmetaOffset), VbmetaFields.Flags, (uint)flags);

        // set back to what was signed once, they are right again
        var holds = vbmeta.Algorithm == AvbAlgorithm.None
            || (Vbmeta.TryRead(bytes.AsMemory((int)file.VbmetaOffset), out var now, out _) && VbmetaSignature.Check(now) == VbmetaSignatureState.Valid);
        return new EditedImage(new ReadOnlySequence<byte>(bytes), expectation, holds ? [] : [Unlocked()]);
    }

    private static Diagnostic Unlocked() => Diagnostic.Warning(
        DiagnosticCodes.AvbNotSigned, "the flags were changed and not signed: the signature of the vbmeta image no longer holds",
        "sign it with the key that the device trusts: --key key.pem") with
    { Consequence = "an unlocked device boots it; a locked one does not" };

    private static IEnumerable<Diagnostic> OtherKey(Vbmeta vbmeta, AvbPrivateKey key)
    {
        if (!vbmeta.PublicKey.IsEmpty && !vbmeta.PublicKey.Span.SequenceEqual(key.PublicKey.ToArray()))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbKeyUntrusted, "the vbmeta image is signed with another key than before",
                    "the device must trust the new one") with
            {
                Found = AvbPublicKey.FingerprintOf(key.PublicKey.ToArray()),
                Expected = AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span),
                Consequence = "a locked device that trusts the old key refuses it (ERROR_PUBLIC_KEY_REJECTED)",
            };
        }
    }
}
