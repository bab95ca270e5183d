using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>
/// AVB 1 signatures of images that change: they cover every byte in front of them, so that one which is not renewed goes, and is never
/// carried along stale.
/// </summary>
public sealed class Avb1Editor
{
    private readonly ImageFile _file;
    private readonly ImageEdits _edits;
    private readonly List<Diagnostic> _notes;

    internal Avb1Editor(ImageFile file, ImageEdits edits, List<Diagnostic> notes)
    {
        _file = file;
        _edits = edits;
        _notes = notes;
    }

    /// <summary>Signs an image, whether or not it is signed already.</summary>
    /// <param name="file">A boot image without AVB 2 metadata.</param>
    /// <param name="key">The key and its certificate.</param>
    /// <param name="target">"/boot" and the like.</param>
    /// <param name="partitionSize">Bytes that the result may have; null for the file's, when it is filled to the end.</param>
    /// <exception cref="DiagnosticException">KB5025. KB5038: no boot image, or one with AVB 2 metadata. KB5029.</exception>
    public static EditedImage Sign(ImageFile file, Avb1Key key, string target, long? partitionSize = null)
    {
        if (file.Boot is not { } boot || file.Footer is not null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.Avb1SignatureInvalid,
                file.Boot is null
                    ? "AVB 1 signs boot and recovery images only"
                    : "the image carries AVB 2 metadata, whose digest an AVB 1 signature would break",
                file.Boot is null ? "sign it with AVB 2: leave --cert out" : "strip it first: kernelbuild avb strip"));
        }

        ImageEditor.RefuseUnwritable(file);
        var edits = new ImageEdits { Avb1Key = key, PartitionSize = partitionSize };
        var notes = new List<Diagnostic>();
        var editor = new Avb1Editor(file, edits, notes);
        var bare = boot with { Tail = file.Footer is null ? AvbEditor.WithoutFill(boot.Tail) : boot.Tail };
        var image = ImageEditor.Wrapped(file, BootImageWriter.ToSequence(editor.WithSignature(Padded(bare), target)));
        return new EditedImage(AvbEditor.Finish(file, image, edits, notes), new ImageExpectation(), [.. notes]);
    }

    /// <summary>The image without its signature; what else follows it stays.</summary>
    /// <param name="file">An image with such a signature.</param>
    /// <exception cref="DiagnosticException">KB5029.</exception>
    public static EditedImage Strip(ImageFile file)
    {
        ImageEditor.RefuseUnwritable(file);
        var (before, after) = Around(file, file.Boot!.Tail);
        var rest = after.Span.ContainsAnyExcept((byte)0) ? after : default;
        var image = BootImageWriter.ToSequence(file.Boot with { Tail = Joined(before, default, rest) });
        return new EditedImage(ImageEditor.Wrapped(file, image), new ImageExpectation(), []);
    }

    /// <summary>The edited image with a signature that holds, or with none.</summary>
    internal BootImage Renew(BootImage image)
    {
        if (_file.Avb1 is not { } block)
        {
            return _edits.Avb1Key is null
                ? image
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.Avb1SignatureInvalid, "the image carries no AVB 1 signature that could be renewed",
                    "leave --cert out, or sign the result: kernelbuild avb sign --key key.pem --cert cert.pem"));
        }

        var content = BootImageWriter.ToSequence(image with { Tail = default });
        if (_edits.Avb1Key is null && MemoryWindow.AreEqual(content, _file.Avb1Content))
        {
            return image;
        }

        var certificate = block.Signature?.Certificate ?? default;
        using var own = _edits.Avb1Key is null && _edits.Key is { } key ? Avb1Key.Of(key, certificate) : null;
        if ((_edits.Avb1Key ?? own) is { } signer)
        {
            return WithSignature(image, block.Signature?.Target ?? "/boot", signer);
        }

        _notes.Add(Diagnostic.Warning(
            DiagnosticCodes.Avb1SignatureInvalid,
            "the AVB 1 signature behind the image was taken off: it covers the whole image, and does not hold for the new one",
            _edits.Key is null
                ? "give the key of its certificate: --key key.pem; or another one with its certificate: --cert cert.pem"
                : "the key is not that of its certificate: give the certificate of the key, too: --cert cert.pem") with
        { Consequence = "an unlocked device boots it; a locked one with the verified boot of Android 5 to 7 does not" });
        var (before, after) = Around(_file, image.Tail);
        return image with { Tail = AvbEditor.WithoutFill(Joined(before, default, after)) };
    }

    private BootImage WithSignature(BootImage image, string target) => WithSignature(image, target, _edits.Avb1Key!);

    private BootImage WithSignature(BootImage image, string target, Avb1Key key)
    {
        var signature = key.Sign(BootImageWriter.ToSequence(image with { Tail = default }), target);
        var (before, after) = Around(_file, image.Tail);
        _notes.Add(ImageEditor.Note($"the image was signed for {HeaderText.Printable(target)} as AVB 1 has it"));
        return image with { Tail = Joined(before, signature, after) };
    }

    /// <summary>A file may end before the last page does; a signature stands behind that page.</summary>
    private static BootImage Padded(BootImage image)
    {
        var last = image.Sections[^1];
        return image with
        {
            Sections = image.Sections.SetItem(
                image.Sections.Length - 1,
                last with { Padding = new byte[Align.Padding(last.Content.Length, image.PageSize)] }),
        };
    }

    /// <summary>
    /// What stands in front of the signature in a tail, and behind it; a tail without its fill may end before the signature does.
    /// </summary>
    private static (ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After) Around(ImageFile file, ReadOnlyMemory<byte> tail)
    {
        if (file.Avb1 is not { } block)
        {
            return (default, tail);
        }

        var start = block.Offset - file.Avb1Content.Length;
        return (tail[..Math.Min(start, tail.Length)], tail[Math.Min(start + block.Length, tail.Length)..]);
    }

    private static ReadOnlyMemory<byte> Joined(ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> after) =>
        (byte[])[.. before.Span, .. signature.Span, .. after.Span];
}
