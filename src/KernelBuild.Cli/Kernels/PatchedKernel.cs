using System.Collections.Immutable;
using KernelBuild.BootImages.Editing;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Patching;

namespace KernelBuild.Cli.Kernels;

/// <summary>Writes a patched kernel back into what it came in.</summary>
internal static class PatchedKernel
{
    /// <exception cref="DiagnosticException">
    /// KB8011 or KB8012: nothing was written. KB8012 for forms that are not packed again: vmlinux, EFI zboot, streams in streams. Those of
    /// the boot image's editor and proof. KB9012.
    /// </exception>
    public static void Write(InputKernel kernel, ImmutableArray<BytePatch> patches, string path)
    {
        byte[] patched;
        try
        {
            patched = ImagePatcher.Apply(kernel.Image.Bytes.Span, patches);
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(error => error with { File = kernel.Path })]);
        }

        var layers = kernel.File.Layers;
        var streams = layers.Count(layer => layer.Kind == KernelLayerKind.Compressed);
        if (layers.Any(layer => layer.Kind is KernelLayerKind.Elf or KernelLayerKind.EfiZboot) || streams > 1)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PatchOutsideImage, "a kernel in this form is not packed again: vmlinux, EFI zboot, or a stream in a stream",
                "patch the raw Image, or the boot image") with
            { File = kernel.Path });
        }

        if (layers.Any(layer => layer.Kind == KernelLayerKind.BootImage))
        {
            WriteBootImage(kernel, patched, path);
        }
        else
        {
            WriteKernel(kernel, patched, layers.FirstOrDefault(layer => layer.Kind == KernelLayerKind.Compressed), path);
        }
    }

    private static void WriteBootImage(InputKernel kernel, byte[] patched, string path)
    {
        var old = InputImage.Read(kernel.Path);
        var edited = ImageEditor.Apply(old.File, new ImageEdits { Kernel = patched });
        KernelBuild.Cli.Images.EditedFile.Write(old, edited, path, json: false, TextWriter.Null);
        Prove(path, patched);
    }

    private static void WriteKernel(InputKernel kernel, byte[] patched, KernelLayer? stream, string path)
    {
        byte[] file;
        if (stream is null)
        {
            file = kernel.Bytes.ToArray();
            patched.CopyTo(file, (int)kernel.File.ImageOffset);
        }
        else
        {
            var format = CompressionFormats.Find(stream.Detail) ?? CompressionFormat.None;
            file =
            [
                .. kernel.Bytes.Span[..(int)stream.Offset], .. Compressor.Compress(format, patched).Span,
                .. kernel.Bytes.Span[(int)(stream.Offset + stream.Size)..],
            ];
        }

        // Read what is to be written before it gets the name.
        Prove(kernel.Path, file, patched);
        OutputFile.Write(path, file);
        Prove(path, patched);
    }

    private static void Prove(string path, byte[] patched) => Prove(path, InputFile.Read(path), patched);

    /// <summary>The kernel in the file is the patched one, or this program is at fault.</summary>
    private static void Prove(string path, ReadOnlyMemory<byte> file, byte[] patched)
    {
        if (!KernelFile.TryRead(file, out var read, out var error))
        {
            throw new DiagnosticException(error with { File = path });
        }

        if (!read.Image.Span.StartsWith(patched))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageKernelDiffers, "the kernel in the written file is not the patched one",
                "do not flash this image; this is a bug in kernelbuild, please report it") with { File = path });
        }
    }
}
