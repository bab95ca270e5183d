using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.VendorBoot;

/// <summary>
/// A vendor_boot or vendor_kernel_boot image, header versions 3 and 4: every byte of the file is in the header, its padding, a section, a
/// section's padding or <see cref="Tail"/>. Memories are slices of what was read.
/// </summary>
public sealed record VendorBootImage
{
    /// <summary>Its fields as stored.</summary>
    public required VendorBootHeader Header { get; init; }

    /// <summary>The rest of the header's pages: with pages of 2048 bytes there are two.</summary>
    public ReadOnlyMemory<byte> HeaderPadding { get; init; }

    /// <summary>All sections that the version has, empty ones included, in the order of the file.</summary>
    public required ImmutableArray<VendorBootSection> Sections { get; init; }

    /// <summary>The fragments of a version 4 image, in the table's order; empty in version 3.</summary>
    public ImmutableArray<VendorRamdisk> Ramdisks { get; init; } = [];

    /// <summary>What follows the last section.</summary>
    public ReadOnlyMemory<byte> Tail { get; init; }

    /// <summary>3 or 4.</summary>
    public uint HeaderVersion => Header.Version;

    /// <summary>Bytes; the vendor's choice.</summary>
    public uint PageSize => Header.PageSize;

    /// <summary>What the header says of its own length.</summary>
    public uint HeaderSize => Header.HeaderSize;

    /// <summary>The second's is not in the header.</summary>
    public BootAddresses Addresses => Header.Addresses;

    public string Name => Header.Name;

    public string CommandLine => Header.CommandLine;

    public ReadOnlyMemory<byte> Ramdisk => Section(VendorBootSectionKind.Ramdisk);

    public ReadOnlyMemory<byte> Dtb => Section(VendorBootSectionKind.Dtb);

    public ReadOnlyMemory<byte> BootConfig => Section(VendorBootSectionKind.BootConfig);

    /// <summary>The content of a section; empty when the version has no such section.</summary>
    public ReadOnlyMemory<byte> Section(VendorBootSectionKind kind) =>
        Sections.FirstOrDefault(section => section.Kind == kind)?.Content ?? default;

    /// <summary>Reads an image.</summary>
    /// <param name="bytes">The whole file, or what is in front of its AVB data.</param>
    /// <param name="image">Null when the result is false.</param>
    /// <param name="diagnostics">
    /// Errors, when the result is false: KB5001 no such image, KB5002 truncated, KB5003 header invalid, KB5026 ramdisk table. Otherwise
    /// warnings.
    /// </param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out VendorBootImage? image, out IReadOnlyList<Diagnostic> diagnostics)
    {
        var reader = new VendorBootReader(bytes);
        image = reader.Read();
        diagnostics = reader.Diagnostics;
        return image is not null;
    }

    /// <summary>Reads an image that is known to be one.</summary>
    /// <exception cref="DiagnosticException">The errors of <see cref="TryRead"/>.</exception>
    public static VendorBootImage Read(ReadOnlyMemory<byte> bytes) => TryRead(bytes, out var image, out var diagnostics)
        ? image
        : throw new DiagnosticException([.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)]);

    /// <summary>Makes a new image as mkbootimg does.</summary>
    /// <exception cref="DiagnosticException">KB5003, KB5007, KB5015 or KB5026: the contents do not fit.</exception>
    public static VendorBootImage Create(VendorBootContents contents) => VendorBootComposer.Compose(contents);

    /// <summary>The whole image in one array.</summary>
    /// <exception cref="DiagnosticException">KB5003: the image is larger than an array can be.</exception>
    public byte[] ToArray() => ToSequence().ToArray();

    /// <summary>The whole image as its parts, in their order, not copied.</summary>
    /// <exception cref="DiagnosticException">KB5003: more than 2 GiB, which is more than can be read back.</exception>
    public ReadOnlySequence<byte> ToSequence()
    {
        var image = ByteSequence.Of([
            Header.ToArray(), HeaderPadding, .. Sections.SelectMany(section => new[] { section.Content, section.Padding }), Tail,
        ]);
        return image.Length <= Array.MaxLength
            ? image
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"the image would have {image.Length} bytes, more than 2 GiB",
                "use a smaller ramdisk"));
    }
}
