using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Boot;
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
    public static void Write(InputKernel kernel, ImmutableArray<BytePatch> patches, OutputPlace place)
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
        if (layers.Any(layer => layer.Kind is KernelLayerKind.Elf or KernelLayerKind.EfiZboot or KernelLayerKind.RockchipImage
            or KernelLayerKind.UBootImage or KernelLayerKind.FlattenedImageTree) || streams > 1)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PatchOutsideImage,
                "a kernel in this form is not packed again: vmlinux, EFI zboot, KRNL, uImage, FIT, or a stream in a stream",
                "patch the raw Image, or the boot image") with
            { File = kernel.Path });
        }

        if (layers.Any(layer => layer.Kind == KernelLayerKind.BootImage))
        {
            WriteBootImage(kernel, patched, place);
        }
        else
        {
            WriteKernel(kernel, patched, place);
        }
    }

    private static void WriteBootImage(InputKernel kernel, byte[] patched, OutputPlace place)
    {
        var old = InputImage.Read(kernel.Path);
        ReadOnlyMemory<byte> given = patched;
        if (StreamOf(kernel) is { } stream)
        {
            given = Repack(kernel, stream, patched);
        }
        else if (kernel.File.Layers.FirstOrDefault(layer => layer.Kind == KernelLayerKind.UncompressedImage) is { } form)
        {
            // the editor takes the vendor's header for a part of the kernel, as it is stored
            given = (byte[])[.. kernel.Bytes.Span[(int)form.Offset..(int)kernel.File.ImageOffset], .. patched];
        }

        var edited = ImageEditor.Apply(old.File, new ImageEdits { Kernel = given });
        KernelBuild.Cli.Images.EditedFile.Write(old, edited, place, json: false, TextWriter.Null);
        Prove(place.Path, patched);
    }

    private static void WriteKernel(InputKernel kernel, byte[] patched, OutputPlace place)
    {
        byte[] file;
        if (StreamOf(kernel) is { } stream)
        {
            var after = Repack(kernel, stream, patched);
            file =
            [
                .. kernel.Bytes.Span[..(int)stream.Offset], .. after.Span,
                .. kernel.Bytes.Span[(int)(stream.Offset + stream.Size)..],
            ];
            if (kernel.File.Layers.FirstOrDefault(layer => layer.Kind == KernelLayerKind.MtkHeader) is { } header)
            {
                MtkHeader.PutPayloadSize(
                    file.AsSpan((int)header.Offset), (uint)(header.Size - MtkHeader.Length + after.Length - stream.Size));
            }
        }
        else
        {
            file = kernel.Bytes.ToArray();
            patched.CopyTo(file, (int)kernel.File.ImageOffset);
        }

        // Read what is to be written before it gets the name.
        Prove(kernel.Path, file, patched);
        OutputFile.Write(place.Path, new ReadOnlySequence<byte>(file), _ => place.KeepStock(kernel.Bytes));
        Prove(place.Path, patched);
    }

    private static KernelLayer? StreamOf(InputKernel kernel) =>
        kernel.File.Layers.FirstOrDefault(layer => layer.Kind == KernelLayerKind.Compressed);

    /// <summary>The stream with the patched kernel; what else is in it, such as device trees behind the kernel, stays.</summary>
    private static ReadOnlyMemory<byte> Repack(InputKernel kernel, KernelLayer stream, byte[] patched)
    {
        var stored = kernel.Bytes.Slice((int)stream.Offset, (int)stream.Size);
        if (!Decompressor.TryDecompress(stored, out var old, out var error))
        {
            throw new DiagnosticException(error with { File = kernel.Path });
        }

        var content = old.Content.ToArray();
        patched.CopyTo(content, (int)kernel.File.Layers.First(layer => layer.Kind == KernelLayerKind.Arm64Image).Offset);
        return Compressor.Replace(old.Format, stored, old.Content, content, out _);
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
