using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Files;

/// <summary>Tells the layers of a file apart, from the outside in: AVB footer, wrapper, image.</summary>
internal sealed class ImageFileReader(ReadOnlyMemory<byte> bytes)
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public ImageFile? Read()
    {
        var file = ReadFooter(new ImageFile { Bytes = bytes, Kind = ImageKind.Unknown, ContentLength = bytes.Length });
        file = file with { Wrapper = ImageWrapper.Find(file.Content) };
        var shift = file.Wrapper?.Raw.Length ?? 0;
        var image = file.Image;
        if (image.Span.StartsWith(VendorBootFields.Magic))
        {
            var read = VendorBootImage.TryRead(image, out var vendorBoot, out var findings);
            Take(findings, shift);
            return read ? WithoutFooter(file with { Kind = ImageKind.VendorBoot, VendorBoot = vendorBoot }, vendorBoot!.Tail) : null;
        }

        if (image.Span.StartsWith(DtboFields.Magic) || image.Span.StartsWith(DtboFields.AcpiMagic))
        {
            var read = DtboImage.TryRead(image, out var dtbo, out var findings);
            Take(findings, shift);
            return read ? file with { Kind = ImageKind.Dtbo, Dtbo = dtbo } : null;
        }

        // Where a footer leads to a structure, avbtool takes that one, whatever the content is.
        if (file.Vbmeta is null && image.Span.StartsWith(VbmetaFields.Magic))
        {
            var read = Vbmeta.TryRead(image, out var vbmeta, out var findings);
            Take(findings, shift);
            return read ? file with { Kind = ImageKind.Vbmeta, Vbmeta = vbmeta, VbmetaOffset = shift } : null;
        }

        // A partition with a hashtree, such as vendor.img, is none of ours and yet has AVB data that can be looked at.
        if (file.Vbmeta is not null && !image.Span.StartsWith(BootImageFields.Magic))
        {
            return file;
        }

        var isBoot = BootImage.TryRead(image, out var boot, out var diagnostics);
        Take(diagnostics, shift);
        return isBoot
            ? WithoutFooter(
                file with
                {
                    Kind = ImageKind.Boot,
                    Boot = boot,
                    Certificate = GkiCertificate.Find(boot!, image),
                    Avb1 = FindAvb1(image, boot!),
                },
                boot!.Tail)
            : null;
    }

    private static Avb1Block? FindAvb1(ReadOnlyMemory<byte> image, BootImage boot)
    {
        var at = TailSplitter.FindAvb1(boot.Tail.Span);
        if (at < 0)
        {
            return null;
        }

        var bytes = boot.Tail[at..];
        var signature = Avb1Signature.TryRead(bytes, out var read) ? read : null;
        return new Avb1Block(
            image.Length - boot.Tail.Length + at, signature?.Bytes.Length ?? Avb1Signature.LengthOf(bytes.Span), signature);
    }

    /// <summary>Says so when AVB metadata follows the image and no footer points to it: what is left of a file that was cut.</summary>
    private ImageFile WithoutFooter(ImageFile file, ReadOnlyMemory<byte> tail)
    {
        if (file.Footer is not null || file.Certificate is not null)
        {
            return file;
        }

        // metadata starts at the next multiple of 4096, with zeros in front of it
        var start = bytes.Length - tail.Length;
        var at = (int)Align.Up(start, AvbFootedImage.BlockLength);
        if (at < bytes.Length && bytes.Span[at..].StartsWith(VbmetaFields.Magic) && !bytes.Span[start..at].ContainsAnyExcept((byte)0))
        {
            _diagnostics.Add(Diagnostic.Error(
                DiagnosticCodes.AvbFooterInvalid,
                "AVB metadata follows the image, and the file does not end with the footer that points to it: it was cut, or something was "
                + "appended",
                "take a fresh copy, or strip what is left and sign again") with
            {
                Offset = at,
                Found = $"{bytes.Length} bytes without AVBf at their end",
                Expected = "AVBf 64 bytes before the end",
                Consequence = "the bootloader finds no metadata: a locked device does not boot it",
            });
        }

        return file;
    }

    private ImageFile ReadFooter(ImageFile file)
    {
        if (!AvbFooter.TryRead(bytes, out var footer))
        {
            return file;
        }

        var at = bytes.Length - AvbFooter.Length;
        if (footer.MajorVersion > AvbFooter.HighestMajorVersion)
        {
            Invalid(at, $"version {footer.MajorVersion}", "1", "it ignores the footer and finds no vbmeta");
            return file;
        }

        if (footer.VbmetaSize > VbmetaFields.LargestVbmeta || footer.VbmetaOffset > (ulong)at
            || footer.VbmetaSize > (ulong)at - footer.VbmetaOffset || footer.OriginalImageSize > footer.VbmetaOffset)
        {
            Invalid(
                at, $"image of {footer.OriginalImageSize} bytes, vbmeta of {footer.VbmetaSize} at {footer.VbmetaOffset}",
                $"image, then vbmeta of at most {VbmetaFields.LargestVbmeta} bytes, both within {at}",
                "it refuses the partition or reads the wrong bytes");
            return file;
        }

        if (footer.VbmetaOffset % AvbFootedImage.BlockLength != 0)
        {
            _diagnostics.Add(Diagnostic.Warning(
                DiagnosticCodes.AvbFooterInvalid,
                $"the vbmeta structure is at {footer.VbmetaOffset}, which is not a multiple of {AvbFootedImage.BlockLength}") with
                {
                    Offset = at,
                });
        }

        if (footer.Reserved.Span.ContainsAnyExcept((byte)0))
        {
            _diagnostics.Add(Diagnostic.Warning(DiagnosticCodes.AvbFooterInvalid, "reserved bytes of the AVB footer are not zero") with
            {
                Offset = at + AvbFooter.Length - AvbFooter.ReservedLength,
            });
        }

        var isVbmeta = Vbmeta.TryRead(bytes.Slice((int)footer.VbmetaOffset, (int)footer.VbmetaSize), out var vbmeta, out var findings);
        Take(findings, (long)footer.VbmetaOffset);
        return file with
        {
            Footer = footer,
            ContentLength = (long)footer.OriginalImageSize,
            VbmetaOffset = (long)footer.VbmetaOffset,
            Vbmeta = isVbmeta ? vbmeta : null,
        };
    }

    private void Invalid(long offset, string found, string expected, string consequence) => _diagnostics.Add(
        Diagnostic.Error(
            DiagnosticCodes.AvbFooterInvalid, $"the AVB footer is impossible: found {found}, expected {expected}",
            "take a fresh copy, or strip it with kernelbuild avb strip and sign again") with
        { Offset = offset, Found = found, Expected = expected, Consequence = consequence });

    private void Take(IReadOnlyList<Diagnostic> findings, long shift) =>
        _diagnostics.AddRange(
            shift == 0 ? findings : findings.Select(f => f.Offset is { } offset ? f with { Offset = offset + shift } : f));
}
