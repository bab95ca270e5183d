using System.Buffers;
using KernelBuild.BootImages.Containers;
using KernelBuild.Cli.Files;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>Images as avbtool sees them: any bytes will do, and a sparse image is its content.</summary>
internal static class AvbtoolImage
{
    /// <summary>An image of a known kind, or any file as one of an unknown kind.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9012 or KB5041.</exception>
    public static InputImage Read(string path) => InputImage.ReadAny(path);

    /// <summary>Writes over an image, sparse where it was sparse.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9012 or KB1012.</exception>
    public static void Write(InputImage image, ReadOnlySequence<byte> content) => OutputFile.Write(
        image.Path, image.Sparse is { } sparse ? SparseImage.Write(content.ToArray(), sparse.BlockLength) : content);

    /// <inheritdoc cref="Write(InputImage, ReadOnlySequence{byte})"/>
    public static void Write(InputImage image, ReadOnlyMemory<byte> content) => Write(image, new ReadOnlySequence<byte>(content));
}
