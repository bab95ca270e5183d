using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Comparison;

/// <summary>Whether an image can be flashed in the place of a stock image.</summary>
internal static class FlashCheck
{
    public static IEnumerable<Diagnostic> Check(ImageFile stock, ImageFile changed, ImageFile? vendorBoot, long? partitionSize)
    {
        if (stock.Kind != changed.Kind)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.EditImpossible, $"the stock file is a {stock.Kind} image, the new one a {changed.Kind} image",
                "compare images of the same partition");
            yield break;
        }

        var limit = partitionSize ?? (stock.Footer is not null ? stock.Bytes.Length : null);
        if (limit is { } size && changed.Bytes.Length > size)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition, $"the new image has {changed.Bytes.Length} bytes, and the partition {size}",
                "make it smaller") with
            { Found = $"{changed.Bytes.Length}", Expected = $"at most {size}", Consequence = "fastboot refuses it" };
        }

        var (oldVersion, newVersion) = (Version(stock), Version(changed));
        if (oldVersion != newVersion)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"the header version is {newVersion}, and the stock image's {oldVersion}",
                $"make the image with header version {oldVersion}") with
            {
                Found = $"{newVersion}",
                Expected = $"{oldVersion}",
                Consequence = "the bootloader looks for the sections in other places, and does not boot",
            };
        }

        if (stock.Footer is not null && changed.Footer is null)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbNotSigned, "the stock image has AVB data, and the new one has none",
                "sign it: kernelbuild avb sign") with
            { Consequence = "an unlocked device boots it; a locked one does not" };
        }
        else if (stock.Vbmeta?.Algorithm != changed.Vbmeta?.Algorithm && !HaveOneKey(stock, changed))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbNotSigned,
                $"AVB algorithm {changed.Vbmeta?.Algorithm?.Name ?? "none"}, the stock image's is "
                + $"{stock.Vbmeta?.Algorithm?.Name ?? "none"}") with
            { Consequence = "only an unlocked device boots it, unless vbmeta.img was updated too" };
        }

        foreach (var finding in (IEnumerable<Diagnostic>)[
            .. HeaderCheck.Check(stock, changed), .. CheckAvb1(stock, changed), .. CheckPolicy(stock, changed), .. CheckKernel(stock, changed),
            .. CheckTrees(stock.Boot?.Dtb ?? default, changed.Boot?.Dtb ?? default), .. VendorBootCheck.Check(stock, changed),
            .. DtboCheck.Check(stock, changed)])
        {
            yield return finding;
        }

        foreach (var finding in CheckRamdisk(stock, changed, vendorBoot))
        {
            yield return finding;
        }

        foreach (var finding in ImageInspection
            .Of(changed, [], new InspectionOptions { LookInside = false }).Findings
            .Where(f => f.Severity == DiagnosticSeverity.Error))
        {
            yield return finding;
        }
    }

    /// <summary>libavb compares the key, and takes the algorithm from the image.</summary>
    private static bool HaveOneKey(ImageFile stock, ImageFile changed) =>
        stock.Vbmeta is { PublicKey.IsEmpty: false } old && changed.Vbmeta is { } now && old.PublicKey.Span.SequenceEqual(now.PublicKey.Span);

    /// <summary>The signature of Android 5 to 7; whether the new one holds is what the inspection says.</summary>
    private static IEnumerable<Diagnostic> CheckAvb1(ImageFile stock, ImageFile changed)
    {
        if (stock.Avb1?.Signature is not { } old)
        {
            yield break;
        }

        if (changed.Avb1?.Signature is not { } now)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.Avb1SignatureInvalid, "the stock image has an AVB 1 signature, and the new one has none",
                "sign it: kernelbuild avb sign --key key.pem --cert cert.pem") with
            { Consequence = "an unlocked device boots it; a locked one with the verified boot of Android 5 to 7 does not" };
            yield break;
        }

        if (Avb1Certificate.TryRead(old.Certificate.Span, out var stocks) && Avb1Certificate.TryRead(now.Certificate.Span, out var own)
            && !stocks.PublicKey.Span.SequenceEqual(own.PublicKey.Span))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbKeyUntrusted, "the AVB 1 signature of the new image is by another key than the stock image's",
                "sign it with the stock image's key") with
            {
                Found = own.Fingerprint,
                Expected = stocks.Fingerprint,
                Consequence = "a locked device shows its yellow screen with the key's fingerprint before it boots, or refuses it",
            };
        }

        if (old.Target != now.Target)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.Avb1SignatureInvalid,
                $"the AVB 1 signature is for {HeaderText.Printable(now.Target)}, and the stock image's for {HeaderText.Printable(old.Target)}",
                $"sign it for that partition: kernelbuild avb sign --partition {HeaderText.Printable(old.Target.TrimStart('/'))}") with
            { Consequence = "a locked device refuses an image that was signed for another partition" };
        }
    }

    /// <summary>What libavb asks of a partition beyond its digest. Source: libavb, avb_slot_verify.c, load_and_verify_vbmeta.</summary>
    private static IEnumerable<Diagnostic> CheckPolicy(ImageFile stock, ImageFile changed)
    {
        if (stock.Vbmeta is not { } old || changed.Vbmeta is not { } now)
        {
            yield break;
        }

        var isTop = stock.Footer is null;
        if (!old.PublicKey.IsEmpty && !now.PublicKey.IsEmpty && !old.PublicKey.Span.SequenceEqual(now.PublicKey.Span))
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.AvbKeyUntrusted, "the new image is signed with another key than the stock image",
                isTop ? "sign it with the key that the device trusts" : "sign it with that key, or update vbmeta.img: kernelbuild boot set --vbmeta") with
            {
                Found = AvbPublicKey.FingerprintOf(now.PublicKey.Span),
                Expected = AvbPublicKey.FingerprintOf(old.PublicKey.Span),
                Consequence = "a locked device refuses it (ERROR_PUBLIC_KEY_REJECTED), unless vbmeta.img names the new key",
            };
        }

        if (now.Header.RollbackIndex < old.Header.RollbackIndex)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.AvbPolicy,
                $"the rollback index is {now.Header.RollbackIndex}, and the stock image's {old.Header.RollbackIndex}",
                "sign it with the stock image's: kernelbuild avb sign --rollback-index") with
            {
                Found = $"{now.Header.RollbackIndex}",
                Expected = $"at least {old.Header.RollbackIndex}",
                Consequence = "a locked device that has booted the stock image refuses it (ERROR_ROLLBACK_INDEX)",
            };
        }

        if (now.Header.RollbackIndexLocation != old.Header.RollbackIndexLocation)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.AvbPolicy,
                $"the rollback index location is {now.Header.RollbackIndexLocation}, and the stock image's {old.Header.RollbackIndexLocation}") with
            { Consequence = "another counter of the device is compared with the index, and raised by it" };
        }

        // below vbmeta.img no flags are always right, whatever stock has
        if (now.Header.Flags != old.Header.Flags && (isTop || now.Header.Flags != VbmetaFlags.None))
        {
            yield return new Diagnostic(
                DiagnosticCodes.AvbPolicy, isTop ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
                $"the flags of the AVB metadata are {(uint)now.Header.Flags}, and the stock image's {(uint)old.Header.Flags}")
            {
                Fix = "make the metadata with the flags of the stock image",
                Consequence = isTop
                    ? "a locked device may refuse it; an unlocked one checks what the new flags leave"
                    : "below vbmeta.img the bootloader refuses any flag (INVALID_METADATA)",
            };
        }

        var (own, before) = (Partition(changed), Partition(stock));
        if (own is not null && before is not null && own != before)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.AvbPolicy, $"the AVB metadata is for the partition {own}, and the stock image's for {before}",
                "sign it for that partition: kernelbuild avb sign --partition") with
            { Consequence = "the bootloader looks for a descriptor of its own partition, and finds none (INVALID_METADATA)" };
        }

        static string? Partition(ImageFile file) => file.Footer is null
            ? null
            : file.Vbmeta!.Descriptors.Where(one => one is HashDescriptor or HashtreeDescriptor).Select(one => one.Partition).FirstOrDefault();
    }

    private static IEnumerable<Diagnostic> CheckKernel(ImageFile stock, ImageFile changed)
    {
        if (stock.Boot is not { Kernel.IsEmpty: false } old || changed.Boot is not { } now)
        {
            yield break;
        }

        var (was, stream) = (SectionParts.OfKernel(old.Kernel).Stream, SectionParts.OfKernel(now.Kernel).Stream);
        var content = Decompressor.TryDecompress(stream, out var data, out _) ? data.Content : (ReadOnlyMemory<byte>?)null;
        if (SectionFitness.OfNoKernel((content ?? stream).Span, old.Kernel.Span) is { } none)
        {
            yield return none;
            yield break;
        }

        if (content is { } kernel && Decompressor.TryDecompress(was, out var before, out _)
            && SectionFitness.OfKernel(kernel.Span, before.Content.Span) is { } unfit)
        {
            yield return unfit;
        }
        else if (SectionFitness.OfKernelCompression(Format(stream), Format(was)) is { } otherwise)
        {
            yield return otherwise;
        }
    }

    /// <summary>The device trees that the bootloader passes on.</summary>
    internal static IEnumerable<Diagnostic> CheckTrees(ReadOnlyMemory<byte> stock, ReadOnlyMemory<byte> changed)
    {
        if (!stock.IsEmpty && changed.IsEmpty)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.DeviceTreeBlobInvalid, "the new image has no device tree, and the stock image has one",
                "put it in: kernelbuild boot set --dtb") with
            { Consequence = "the bootloader passes no device tree to the kernel, and nothing appears on the console" };
        }
        else if ((SectionFitness.OfDeviceTrees(changed.Span, stock.Span) ?? SectionFitness.OfOverlaysAsTrees(changed.Span, stock.Span)) is { } unfit)
        {
            yield return unfit;
        }
    }

    private static IEnumerable<Diagnostic> CheckRamdisk(ImageFile stock, ImageFile changed, ImageFile? vendorBoot)
    {
        if (changed.Boot is not { Ramdisk.IsEmpty: false } boot)
        {
            if (changed.Boot is not null && stock.Boot is { Ramdisk.IsEmpty: false })
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.SectionUnfit, "the new image has no ramdisk, and the stock image has one",
                    "put it in: kernelbuild boot set --ramdisk") with
                { Consequence = "a kernel that expects its init in it panics" };
            }

            yield break;
        }

        var stream = SectionParts.OfRamdisk(boot.Ramdisk).Stream;
        if (Decompressor.TryDecompress(stream, out var content, out _) && SectionFitness.OfRamdisk(content.Content.Span) is { } unfit)
        {
            yield return unfit;
        }

        var format = Format(stream);
        var expected = vendorBoot?.VendorBoot is { } vendor
            ? Format(
                vendor.Ramdisks.Select(r => r.Content).FirstOrDefault(c => !c.IsEmpty) is { IsEmpty: false } first ? first : vendor.Ramdisk)
            : stock.Boot is { Ramdisk.IsEmpty: false } old ? Format(SectionParts.OfRamdisk(old.Ramdisk).Stream) : format;
        if (format != expected)
        {
            // In memory the two ramdisks lie behind each other, and the kernel unpacks them as one stream of one kind.
            yield return new Diagnostic(
                DiagnosticCodes.RamdiskCompressionDiffers,
                vendorBoot is null ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
                $"the ramdisk is stored as {CompressionFormats.NameOf(format)}, and "
                + $"{(vendorBoot is null ? "the stock image's" : "vendor_boot's")} as {CompressionFormats.NameOf(expected)}")
            {
                Fix = $"store it as {CompressionFormats.NameOf(expected)}: kernelbuild boot set --ramdisk-compression",
                Consequence =
                    "from header version 3 on, the bootloader joins boot's and vendor_boot's ramdisks; if they are compressed in different "
                    + "ways, the device reboots in a loop",
            };
        }
    }

    private static CompressionFormat Format(ReadOnlyMemory<byte> stream) => CompressionFormats.Recognize(stream.Span);

    private static uint? Version(ImageFile file) => file.Boot?.HeaderVersion ?? file.VendorBoot?.HeaderVersion ?? file.Dtbo?.Version;
}
