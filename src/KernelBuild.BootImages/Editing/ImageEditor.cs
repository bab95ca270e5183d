using System.Buffers;
using KernelBuild.BootImages.Files;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>
/// Changes an image with the smallest difference: the section, its padding, sizes, offsets, id, and the AVB data that describes them.
/// Streams that do not change are copied as they are.
/// </summary>
public static class ImageEditor
{
    /// <summary>Applies edits.</summary>
    /// <exception cref="DiagnosticException">
    /// KB5031: the image has no such section. KB5025: the result is larger than the partition. KB5029: a vendor's wrapper that cannot be
    /// recreated. KB5007, KB5011, KB5013: a given content does not fit.
    /// </exception>
    public static EditedImage Apply(ImageFile file, ImageEdits edits)
    {
        RefuseUnwritable(file);
        var notes = new List<Diagnostic>();
        var (image, expectation) = file.Kind switch
        {
            ImageKind.Boot => new BootEditor(file, edits, notes).Apply(),
            ImageKind.VendorBoot => new VendorBootEditor(file, edits, notes).Apply(),
            ImageKind.Dtbo => new DtboEditor(file, edits, notes).Apply(),
            _ =>
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.EditImpossible, $"a {file.Kind} image has none of the sections that can be set",
                    "give a boot, init_boot, recovery, vendor_boot or dtbo image")),
        };
        return new EditedImage(AvbEditor.Finish(file, Wrapped(file, image), edits, notes), expectation, [.. notes]);
    }

    /// <exception cref="DiagnosticException">KB5029: a vendor's wrapper that cannot be recreated.</exception>
    internal static void RefuseUnwritable(ImageFile file)
    {
        if (file.Wrapper is { IsRewritable: false } wrapper)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.VendorFormNotRewritten,
                $"the image stands behind a {wrapper.Name}, which only its vendor's tool can recreate",
                "cut the image out with kernelbuild boot unpack, and use the vendor's tool (futility for ChromeOS)") with
            { Offset = 0 });
        }
    }

    /// <summary>An image behind the wrapper that its file has, made right for it.</summary>
    internal static ReadOnlySequence<byte> Wrapped(ImageFile file, ReadOnlySequence<byte> image) =>
        file.Wrapper is { } header ? ByteSequence.Of([header.For(image), .. image.Pieces()]) : image;

    internal static DiagnosticException NoSuchSection(string name, string what, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.EditImpossible, $"{what} has no {name} that could be set", fix));

    /// <summary>An error stops the edit, a warning goes with what it makes.</summary>
    /// <exception cref="DiagnosticException">The error.</exception>
    internal static void Judge(Diagnostic? finding, List<Diagnostic> notes)
    {
        if (finding is { Severity: DiagnosticSeverity.Error })
        {
            throw new DiagnosticException(finding);
        }

        if (finding is not null)
        {
            notes.Add(finding);
        }
    }

    internal static Diagnostic Note(string message) => Diagnostic.Note(DiagnosticCodes.EditImpossible, message);
}
