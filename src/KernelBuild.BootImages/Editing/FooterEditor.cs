using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Gives any image AVB metadata of its own, renews it, and takes it off, never beyond the size of the partition.</summary>
public static class FooterEditor
{
    /// <summary>Gives an image metadata, or renews what it has; a hash tree behind its content stays.</summary>
    /// <param name="file">Any image but a vbmeta image.</param>
    /// <param name="contents">What the metadata say; their descriptor of the content is computed again.</param>
    /// <param name="partition">Null for the name that the old metadata have.</param>
    /// <param name="fallbackName">The name where neither says one.</param>
    /// <param name="partitionSize">Null for the old file's, where it has a footer or is filled to its end; else the smallest that fits.</param>
    /// <param name="salt">Null for that of the old metadata.</param>
    /// <param name="newSalt">That where there are none.</param>
    /// <exception cref="DiagnosticException">KB5016: a name is missing. KB5017, KB5018, KB5025, KB5030.</exception>
    public static EditedImage Sign(
        ImageFile file, VbmetaContents contents, string? partition, string fallbackName, long? partitionSize, ReadOnlyMemory<byte>? salt,
        ReadOnlyMemory<byte> newSalt)
    {
        if (contents.Descriptors.OfType<HashtreeDescriptor>().FirstOrDefault() is { } tree && file.Footer is { } footer)
        {
            return SignTree(file, footer, tree, contents, partition, partitionSize);
        }

        var hash = contents.Descriptors.OfType<HashDescriptor>().FirstOrDefault();
        var (content, size) = WithoutFill(file);
        var name = partition ?? hash?.PartitionName ?? fallbackName;
        var bytes = HashFooter.Add(content, new HashFooterOptions
        {
            PartitionName = name.Length > 0 ? name : throw NoName(),
            PartitionSize = partitionSize ?? size,
            HashAlgorithm = hash?.HashAlgorithm ?? "sha256",
            Salt = salt ?? hash?.Salt ?? newSalt,
            NoAb = hash?.Flags == 1,
            PersistentDigest = hash?.Digest.IsEmpty == true,
            Vbmeta = contents with { Descriptors = hash is null ? contents.Descriptors : contents.Descriptors.Remove(hash) },
        });
        ImmutableArray<Diagnostic> notes = (partitionSize ?? size) is null
            ? [ImageEditor.Note(
                "nothing says how large the partition is: the file has the smallest size that holds the metadata, and they stand at the end of a "
                + $"partition of {bytes.Length} bytes only; the device's size is given with --partition-size")]
            : [];
        return new EditedImage(bytes, new ImageExpectation(), notes);
    }

    /// <summary>
    /// The image without any AVB metadata of its own: that of the footer at its end, of one inside of a larger dump or of an image that was
    /// signed twice, and what is left of metadata that were cut or overwritten.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    public static EditedImage? Strip(ImageFile file)
    {
        var notes = new List<Diagnostic>();
        var bytes = file.Bytes;
        for (var left = file; LengthWithout(left) is { } length && length < bytes.Length; left = Again(bytes))
        {
            if (bytes.Length < file.Bytes.Length)
            {
                notes.Add(ImageEditor.Note($"the image carried AVB metadata twice: what stood at byte {length} was taken off, too"));
            }

            bytes = bytes[..(int)length];
        }

        return bytes.Length == file.Bytes.Length
            ? null
            : new EditedImage(new ReadOnlySequence<byte>(bytes), new ImageExpectation(), [.. notes]);
    }

    private static long? LengthWithout(ImageFile file) =>
        file.Footer is not null ? file.ContentLength : AvbRemains.LengthWithout(file) ?? AvbRemains.LengthWithoutBrokenFooter(file);

    private static ImageFile Again(ReadOnlyMemory<byte> bytes) => ImageFile.TryRead(bytes, out var file, out _)
        ? file
        : new ImageFile { Bytes = bytes, Kind = ImageKind.Unknown, ContentLength = bytes.Length };

    private static EditedImage SignTree(
        ImageFile file, AvbFooter footer, HashtreeDescriptor tree, VbmetaContents contents, string? partition, long? partitionSize)
    {
        var named = partition is null || partition == tree.PartitionName
            ? contents
            : contents with { Descriptors = contents.Descriptors.Replace(tree, (tree with { PartitionName = partition }).Encoded()) };
        var bytes = AvbFootedImage.Compose(
            new ReadOnlySequence<byte>(file.Bytes[..(int)footer.VbmetaOffset]), VbmetaWriter.Write(named), partitionSize ?? file.Bytes.Length,
            footer.Reserved, (long)footer.OriginalImageSize);
        return new EditedImage(bytes, new ImageExpectation(), [ImageEditor.Note("content and hash tree stay as they are: their metadata were signed")]);
    }

    /// <summary>The content, and the size of its partition where the file shows it: by its footer, or by the zeros that fill it.</summary>
    private static (ReadOnlyMemory<byte> Content, long? Size) WithoutFill(ImageFile file)
    {
        if (file.Footer is not null)
        {
            return (file.Content, file.Bytes.Length);
        }

        var tail = file.Boot?.Tail ?? file.VendorBoot?.Tail ?? file.Dtbo?.Tail ?? default;
        var fill = tail.Length - AvbEditor.WithoutFill(tail).Length;
        return fill > 0 ? (file.Content[..^fill], file.Bytes.Length) : (file.Content, null);
    }

    private static DiagnosticException NoName() => new(Diagnostic.Error(
        DiagnosticCodes.AvbFooterInvalid, "nothing says which partition the image is for", "name it: --partition boot"));
}
