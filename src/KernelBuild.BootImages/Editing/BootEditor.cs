using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Vendors;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Edits of a boot image.</summary>
internal sealed class BootEditor(ImageFile file, ImageEdits edits, List<Diagnostic> notes)
{
    private readonly BootImage _old = file.Boot!;
    private ImageExpectation _expectation = new();

    public (ReadOnlySequence<byte> Image, ImageExpectation Expectation) Apply()
    {
        if (edits.BootConfig is not null || edits.Fragments.Count > 0 || edits.FragmentsByIndex.Count > 0
            || !edits.FragmentList.IsDefault)
        {
            throw ImageEditor.NoSuchSection(
                edits.BootConfig is null ? "ramdisk fragment" : "bootconfig", "a boot image", "give the vendor_boot image");
        }

        DtboEditor.RefuseOverlays(edits, "a boot image");

        var image = _old with { Tail = Tail() };
        image = Replace(image, BootImageSectionKind.Kernel, Kernel());
        image = Replace(image, BootImageSectionKind.Ramdisk, Ramdisk());
        image = Replace(image, BootImageSectionKind.Second, edits.Second);
        image = Replace(image, BootImageSectionKind.RecoveryDtbo, edits.RecoveryDtbo);
        ImageEditor.Judge(SectionFitness.OfRecoveryOverlay((edits.RecoveryDtbo ?? default).Span), notes);

        image = Replace(image, BootImageSectionKind.Dtb, edits.Dtb);
        image = Replace(image, BootImageSectionKind.DeviceTreeTable, edits.DeviceTreeTable);
        if (edits.Dtb is { } dtb)
        {
            ImageEditor.Judge(SectionFitness.OfDeviceTrees(dtb.Span, _old.Dtb.Span), notes);
            ImageEditor.Judge(SectionFitness.OfOverlaysAsTrees(dtb.Span, _old.Dtb.Span), notes);

            _expectation = _expectation with { Dtb = ExpectedContent.ExactlyStored(dtb) };
        }

        if (edits.CommandLine is { } commandLine)
        {
            image = WithCommandLine(image, commandLine);
            _expectation = _expectation with { CommandLine = ExpectedContent.ExactlyStored(Encoding.UTF8.GetBytes(commandLine)) };
        }

        if (edits.OsVersion is { } osVersion)
        {
            image = image with { OsVersion = osVersion };
        }

        image = WithoutStaleCertificate(Relocated(image));
        if (!_old.Id.IsEmpty && !SameSections(image))
        {
            image = image with { Id = BootImageId.Follow(image, _old) };
        }

        image = new Avb1Editor(file, edits, notes).Renew(image);
        return (BootImageWriter.ToSequence(image), _expectation);
    }

    private ReadOnlyMemory<byte>? Kernel()
    {
        if (edits.Kernel is not { } given)
        {
            return null;
        }

        var parts = SectionParts.OfKernel(_old.Kernel);
        var givenTrees = SectionParts.FindTrees(given);
        var stored = StoredContent.For("kernel", given[..givenTrees], parts.Stream, edits.KernelCompression);
        Note(stored);
        RequireKernel(stored, parts.Stream);
        _expectation = _expectation with { Kernel = ExpectedContent.Exactly(stored.Content) };
        if (givenTrees < given.Length)
        {
            parts = parts with { DeviceTrees = given[givenTrees..] };
        }
        else if (!parts.DeviceTrees.IsEmpty)
        {
            notes.Add(ImageEditor.Note(
                $"the {parts.DeviceTrees.Length} bytes of device trees behind the old kernel were kept behind the new one"));
        }

        return parts.With(stored.Stored);
    }

    /// <exception cref="DiagnosticException">KB5037: what was given is no kernel.</exception>
    private void RequireKernel(StoredContent stored, ReadOnlyMemory<byte> old)
    {
        if (SectionFitness.OfNoKernel(stored.Content.Span, old.Span) is { } none)
        {
            throw new DiagnosticException(none);
        }

        var stock = stored.Before ?? (Decompressor.TryDecompress(old, out var data, out _) ? data.Content : default);
        if (SectionFitness.OfKernel(stored.Content.Span, stock.Span) is { } unfit)
        {
            throw new DiagnosticException(unfit);
        }

        var (now, then) = (CompressionFormats.Recognize(stored.Stored.Span), CompressionFormats.Recognize(old.Span));
        if (!old.IsEmpty && SectionFitness.OfKernelCompression(now, then) is { } otherwise)
        {
            notes.Add(otherwise);
        }
    }

    private ReadOnlyMemory<byte>? Ramdisk()
    {
        if (edits.Ramdisk is not { } given)
        {
            return null;
        }

        var parts = SectionParts.OfRamdisk(_old.Ramdisk);
        var stored = StoredContent.ForRamdisk("ramdisk", given, parts.Stream, edits.RamdiskCompression, notes);
        Note(stored);
        _expectation = _expectation with { Ramdisk = stored.Expected };
        return parts.With(stored.Stored);
    }

    private void Note(StoredContent stored)
    {
        if (stored.Note.Length > 0)
        {
            notes.Add(ImageEditor.Note(stored.Note));
        }
    }

    private static BootImage Replace(BootImage image, BootImageSectionKind kind, ReadOnlyMemory<byte>? content)
    {
        if (content is not { } bytes)
        {
            return image;
        }

        var old = image.Sections.FirstOrDefault(s => s.Kind == kind)
            ?? throw ImageEditor.NoSuchSection(
                BootImageSection.NameOf(kind), $"a version {image.HeaderVersion} boot image",
                "leave it out, or give an image of a version that has one");
        if (MemoryWindow.AreEqual(old.Content, bytes))
        {
            return image;
        }

        var padding = new byte[Align.Padding(bytes.Length, image.PageSize)];
        return image with { Sections = image.Sections.Replace(old, old with { Content = bytes, Padding = padding }) };
    }

    /// <summary>Offsets of sections follow from the sizes before them; recovery_dtbo_offset follows when it was right before.</summary>
    private BootImage Relocated(BootImage image)
    {
        var sections = ImmutableArray.CreateBuilder<BootImageSection>();
        long offset = image.PageSize;
        foreach (var section in image.Sections)
        {
            // A file that ended before the last page did grows to the whole page when something follows.
            var isLast = sections.Count == image.Sections.Length - 1 && image.Tail.IsEmpty;
            var padded = Align.Padding(section.Content.Length, image.PageSize);
            var padding = section.Padding.Length == padded || isLast ? section.Padding : new byte[padded];
            sections.Add(section with { Offset = offset, Padding = padding });
            offset += section.Content.Length + padding.Length;
        }

        var oldDtbo = _old.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.RecoveryDtbo);
        var newDtbo = sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.RecoveryDtbo);
        var wasRight = oldDtbo is not null && _old.RecoveryDtboOffset == (ulong)(oldDtbo.Content.IsEmpty ? 0 : oldDtbo.Offset);
        return image with
        {
            Sections = sections.ToImmutable(),
            RecoveryDtboOffset = wasRight ? (ulong)(newDtbo!.Content.IsEmpty ? 0 : newDtbo.Offset) : image.RecoveryDtboOffset,
        };
    }

    /// <summary>
    /// The fill at the end of an image without AVB data belongs to the partition, not to the image; <see cref="AvbEditor"/> fills it again.
    /// </summary>
    private ReadOnlyMemory<byte> Tail() => file.Footer is null ? AvbEditor.WithoutFill(_old.Tail) : _old.Tail;

    private BootImage WithoutStaleCertificate(BootImage image)
    {
        if (file.Certificate is null
            || (!edits.RemoveCertificate && SameSections(image) && edits.CommandLine is null && edits.OsVersion is null))
        {
            return image;
        }

        notes.Add(ImageEditor.Note(
            "the certificate of the generic kernel was removed: it does not belong to the new content, and only its issuer can renew it"));
        var section = image.Sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.Signature);
        return section is { Content.IsEmpty: false } && file.Certificate.Bytes.Length == section.Content.Length
            ? image with { Sections = image.Sections.Replace(section, section with { Content = default, Padding = default }) }
            : image with { Tail = image.Tail[..^GkiCertificate.Length] };
    }

    private bool SameSections(BootImage image) =>
        image.Sections.Zip(_old.Sections).All(pair => MemoryWindow.AreEqual(pair.First.Content, pair.Second.Content));

    private static BootImage WithCommandLine(BootImage image, string commandLine)
    {
        var bytes = Encoding.UTF8.GetBytes(commandLine);

        // each of the two fields of versions 0 to 2 keeps a NUL at its end. Source: AOSP, mkbootimg.py, BOOT_ARGS_SIZE
        var limit = image.CommandLineField.Length - 1 + Math.Max(0, image.ExtraCommandLineField.Length - 1);
        if (bytes.Length > limit || bytes.Contains((byte)0))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageFieldTooLong,
                $"the command line has {bytes.Length} bytes or a NUL, and the header has room for {limit}",
                "shorten it, or move arguments into the kernel's CONFIG_CMDLINE"));
        }

        // As mkbootimg splits it: the first field keeps a NUL at its end.
        var first = image.ExtraCommandLineField.IsEmpty ? bytes.Length : Math.Min(bytes.Length, image.CommandLineField.Length - 1);
        return image with
        {
            CommandLineField = HeaderText.Field(bytes.AsSpan(0, first), image.CommandLineField.Length),
            ExtraCommandLineField = HeaderText.Field(bytes.AsSpan(first), image.ExtraCommandLineField.Length),
        };
    }
}
