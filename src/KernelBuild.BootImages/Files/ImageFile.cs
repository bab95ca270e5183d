using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Files;

/// <summary>
/// A whole file: a vendor's wrapper, the image, and AVB data behind it. What is in a file is a matter of layers, and this is where they are
/// told apart; everything is a slice of <see cref="Bytes"/>.
/// </summary>
public sealed record ImageFile
{
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    public required ImageKind Kind { get; init; }

    /// <summary>What stands in front of the image; null as a rule.</summary>
    public ImageWrapper? Wrapper { get; init; }

    /// <summary>
    /// Bytes of wrapper and image, which is what the AVB footer calls the original image size; the file's length without footer.
    /// </summary>
    public required long ContentLength { get; init; }

    /// <summary>Null when the file does not end with one, or when what it says is impossible (a finding says so).</summary>
    public AvbFooter? Footer { get; init; }

    /// <summary>Where the vbmeta structure starts, in bytes from the start of the file.</summary>
    public long VbmetaOffset { get; init; }

    /// <summary>The structure that the footer points to, or that a vbmeta image starts with.</summary>
    public Vbmeta? Vbmeta { get; init; }

    public BootImage? Boot { get; init; }

    public VendorBootImage? VendorBoot { get; init; }

    public DtboImage? Dtbo { get; init; }

    /// <summary>The certificate of a generic kernel.</summary>
    public GkiCertificate? Certificate { get; init; }

    /// <summary>The signature of Android 5 to 7 behind the sections of a boot image; null when there is none.</summary>
    public Avb1Block? Avb1 { get; init; }

    /// <summary>What such a signature has to cover: the boot image up to the end of its last section, padding included.</summary>
    public ReadOnlyMemory<byte> Avb1Content => Boot is { } boot ? Image[..^boot.Tail.Length] : default;

    /// <summary>Wrapper and image, AVB data not included.</summary>
    public ReadOnlyMemory<byte> Content => Bytes[..(int)ContentLength];

    /// <summary>The image, without wrapper and AVB data.</summary>
    public ReadOnlyMemory<byte> Image => Content[(Wrapper?.Raw.Length ?? 0)..];

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="file">Null when the result is false.</param>
    /// <param name="diagnostics">
    /// Errors, when the result is false: KB5001 when nothing is recognised, else those of the format. Otherwise findings; AVB data that
    /// cannot be read (KB5016 to KB5018) is an error among them, and yet the image in front of it is read.
    /// </param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ImageFile? file, out IReadOnlyList<Diagnostic> diagnostics)
    {
        var reader = new ImageFileReader(bytes);
        file = reader.Read();
        diagnostics = reader.Diagnostics;
        return file is not null;
    }

    /// <summary>Reads a file that is known to be an image.</summary>
    /// <exception cref="DiagnosticException">The errors of <see cref="TryRead"/>.</exception>
    public static ImageFile Read(ReadOnlyMemory<byte> bytes) => TryRead(bytes, out var file, out var diagnostics)
        ? file
        : throw new DiagnosticException([.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)]);
}
