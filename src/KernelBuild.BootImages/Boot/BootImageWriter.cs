using System.Buffers;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Turns an image into bytes: its header, then everything else as it is.</summary>
internal static class BootImageWriter
{
    /// <summary>The parts of the file in their order; all but the header are those of the image, not copies.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(BootImage image)
    {
        yield return BootImageHeader.Of(image).ToArray();
        yield return image.HeaderPadding;
        foreach (var section in image.Sections)
        {
            yield return section.Content;
            yield return section.Padding;
        }

        yield return image.Tail;
    }

    /// <exception cref="DiagnosticException">KB5003: more than 2 GiB, which is more than can be read back.</exception>
    public static ReadOnlySequence<byte> ToSequence(BootImage image)
    {
        if (image.Length > Array.MaxLength)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"the image would have {image.Length} bytes, more than 2 GiB",
                "use a smaller kernel or ramdisk"));
        }

        return ByteSequence.Of(Pieces(image));
    }
}
