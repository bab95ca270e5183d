using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Containers;

/// <summary>What a boot loader puts around a kernel.</summary>
/// <param name="Kind">Which form.</param>
/// <param name="Offset">Of the kernel, in bytes from the start of the form.</param>
/// <param name="Length">Bytes of the kernel.</param>
/// <param name="Detail">A name that it has; may be empty.</param>
/// <param name="Error">Why the kernel in it is not read; null when it is.</param>
internal sealed record LoaderForm(KernelLayerKind Kind, long Offset, long Length, string Detail, Diagnostic? Error = null)
{
    /// <summary>The form that some bytes start with; null when they start with none.</summary>
    public static LoaderForm? Recognize(ReadOnlyMemory<byte> bytes) =>
        MediatekForm.TryRead(bytes) ?? QualcommForm.TryRead(bytes) ?? RockchipForm.TryRead(bytes) ?? UBootImage.TryRead(bytes)
            ?? FlattenedImageTree.TryRead(bytes);

    /// <summary>The kernel of a form, which must be there as a whole.</summary>
    public static LoaderForm Of(ReadOnlyMemory<byte> bytes, KernelLayerKind kind, long offset, long length, string detail) =>
        offset <= bytes.Length && length <= bytes.Length - offset && length > 0
            ? new LoaderForm(kind, offset, length, detail)
            : new LoaderForm(kind, offset, 0, detail, Diagnostic.Error(
                DiagnosticCodes.KernelTruncated,
                $"a header names a kernel of {length} bytes at 0x{offset:x}, and the file has {bytes.Length}", "copy the file again"));
}
