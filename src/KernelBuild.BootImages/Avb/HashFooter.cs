using System.Buffers;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// Gives an image a hash descriptor, a vbmeta structure and a footer, byte for byte as avbtool's <c>add_hash_footer</c> does.
/// </summary>
public static class HashFooter
{
    /// <summary>The vbmeta structure alone.</summary>
    /// <param name="image">The image without AVB data.</param>
    /// <param name="options">What it says.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB5017, KB5018, KB5025 or KB5030.</exception>
    public static byte[] MakeVbmeta(ReadOnlyMemory<byte> image, HashFooterOptions options)
    {
        if (options.PartitionSize is { } size)
        {
            AvbFootedImage.CheckRoom(image.Length, size);
        }

        return VbmetaWriter.Write(options.Vbmeta with { Descriptors = options.DescriptorsFor(image) });
    }

    /// <summary>The whole partition: image, metadata, footer.</summary>
    /// <param name="image">The image without AVB data.</param>
    /// <param name="options">What it says.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB5017, KB5018, KB5025 or KB5030.</exception>
    public static ReadOnlySequence<byte> Add(ReadOnlyMemory<byte> image, HashFooterOptions options) =>
        AvbFootedImage.Compose(
            new ReadOnlySequence<byte>(image), MakeVbmeta(image, options),
            options.PartitionSize ?? AvbFootedImage.SmallestPartition(image.Length));
}
