using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// An Android boot image (boot.img, init_boot.img, recovery.img), header versions 0 to 4: every byte of the file is in one of the
/// header's fields, <see cref="HeaderPadding"/>, a section, a section's padding or <see cref="Tail"/>, and what is read is written back
/// byte for byte. Memories are slices of what was read, not copies.
/// Source: AOSP, system/tools/mkbootimg; https://source.android.com/docs/core/architecture/bootloader/boot-image-header.
/// </summary>
public sealed record BootImage
{
    /// <summary>0 to 4.</summary>
    public required uint HeaderVersion { get; init; }

    /// <summary>Whether the header has the standard's places or Samsung's.</summary>
    public BootHeaderForm Form { get; init; }

    /// <summary>A word of Samsung's header whose meaning is not known.</summary>
    public uint PxaUnknown { get; init; }

    /// <summary>Bytes of the header's fields, padding not counted.</summary>
    public int HeaderLength => BootImageHeader.LengthOf(Form, HeaderVersion);

    /// <summary>Bytes; a power of two. Versions 3 and 4 have no such field: 4096.</summary>
    public required uint PageSize { get; init; }

    /// <summary>The <c>header_size</c> field as stored; 0 for version 0, which has none.</summary>
    public uint HeaderSize { get; init; }

    public OsVersion OsVersion { get; init; }

    /// <summary>Load addresses, versions 0 to 2; <see cref="BootAddresses.None"/> for the others.</summary>
    public BootAddresses Addresses { get; init; } = BootAddresses.None;

    /// <summary>Where the header says the recovery DTBO is, in bytes from the start of the image; versions 1 and 2.</summary>
    public ulong RecoveryDtboOffset { get; init; }

    /// <summary>The product name, 16 bytes as stored; versions 0 to 2, else empty.</summary>
    public ReadOnlyMemory<byte> NameField { get; init; }

    /// <summary>The kernel command line as stored: 512 bytes in versions 0 to 2, 1536 in 3 and 4.</summary>
    public required ReadOnlyMemory<byte> CommandLineField { get; init; }

    /// <summary>The continuation of the command line, 1024 bytes as stored; versions 0 to 2, else empty.</summary>
    public ReadOnlyMemory<byte> ExtraCommandLineField { get; init; }

    /// <summary>The checksum field, 32 bytes as stored; versions 0 to 2, else empty. <see cref="BootImageId"/> checks it.</summary>
    public ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>The reserved words of versions 3 and 4, 16 bytes as stored; else empty.</summary>
    public ReadOnlyMemory<byte> Reserved { get; init; }

    /// <summary>The rest of the header's page.</summary>
    public ReadOnlyMemory<byte> HeaderPadding { get; init; }

    /// <summary>All sections that the version has, empty ones included, in the order of the file.</summary>
    public required ImmutableArray<BootImageSection> Sections { get; init; }

    /// <summary>
    /// What follows the last section: AVB data, a certificate of a generic kernel, vendors' marks, or the partition's fill.
    /// </summary>
    public ReadOnlyMemory<byte> Tail { get; init; }

    public ReadOnlyMemory<byte> Kernel => Section(BootImageSectionKind.Kernel);

    public ReadOnlyMemory<byte> Ramdisk => Section(BootImageSectionKind.Ramdisk);

    public ReadOnlyMemory<byte> Second => Section(BootImageSectionKind.Second);

    public ReadOnlyMemory<byte> RecoveryDtbo => Section(BootImageSectionKind.RecoveryDtbo);

    public ReadOnlyMemory<byte> Dtb => Section(BootImageSectionKind.Dtb);

    public ReadOnlyMemory<byte> Signature => Section(BootImageSectionKind.Signature);

    /// <summary>The product name up to its NUL.</summary>
    public string Name => HeaderText.Read(NameField.Span);

    /// <summary>The kernel command line: both fields, each up to its NUL, joined.</summary>
    public string CommandLine => HeaderText.Join(CommandLineField.Span, ExtraCommandLineField.Span);

    /// <summary>What the first of the two fields of versions 0 to 2 holds; all of it in later ones.</summary>
    public string FirstCommandLine => HeaderText.Read(CommandLineField.Span);

    /// <summary>What the second field of versions 0 to 2 holds.</summary>
    public string ExtraCommandLine => HeaderText.Read(ExtraCommandLineField.Span);

    /// <summary>Bytes of the whole image.</summary>
    public long Length
    {
        get
        {
            long length = HeaderLength + HeaderPadding.Length + Tail.Length;
            foreach (var section in Sections)
            {
                length += section.Content.Length + section.Padding.Length;
            }

            return length;
        }
    }

    /// <summary>The content of a section; empty when the version has no such section.</summary>
    public ReadOnlyMemory<byte> Section(BootImageSectionKind kind)
    {
        foreach (var section in Sections)
        {
            if (section.Kind == kind)
            {
                return section.Content;
            }
        }

        return default;
    }

    /// <summary>Reads an image.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="image">The image; null when the result is false.</param>
    /// <param name="diagnostics">
    /// Errors, when the result is false: KB5001 no boot image, KB5002 truncated, KB5003 header invalid. Warnings otherwise: KB5003 a field
    /// that contradicts the others, KB5014 padding that is not zero.
    /// </param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BootImage? image,
        out IReadOnlyList<Diagnostic> diagnostics)
    {
        var reader = new BootImageReader(bytes);
        image = reader.Read();
        diagnostics = reader.Diagnostics;
        return image is not null;
    }

    /// <summary>Reads an image that is known to be one.</summary>
    /// <exception cref="DiagnosticException">The errors of <see cref="TryRead"/>.</exception>
    public static BootImage Read(ReadOnlyMemory<byte> bytes) =>
        TryRead(bytes, out var image, out var diagnostics)
            ? image
            : throw new DiagnosticException([.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)]);

    /// <summary>Makes a new image as mkbootimg does.</summary>
    /// <exception cref="DiagnosticException">KB5003, KB5007 or KB5015: the contents do not fit into an image of that version.</exception>
    public static BootImage Create(BootImageContents contents) => BootImageComposer.Compose(contents);

    /// <summary>The whole image in one array.</summary>
    /// <exception cref="DiagnosticException">KB5003: the image is larger than an array can be.</exception>
    public byte[] ToArray() => ToSequence().ToArray();

    /// <summary>The whole image as its parts, in their order, not copied.</summary>
    /// <exception cref="DiagnosticException">KB5003: more than 2 GiB.</exception>
    public ReadOnlySequence<byte> ToSequence() => BootImageWriter.ToSequence(this);
}
