using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Comparison;

/// <summary>What a bootloader takes out of a vendor_boot image, against a stock image: fragments, device trees and bootconfig.</summary>
internal static class VendorBootCheck
{
    public static IEnumerable<Diagnostic> Check(ImageFile stock, ImageFile changed)
    {
        if (stock.VendorBoot is not { } old || changed.VendorBoot is not { } now)
        {
            return [];
        }

        return CheckFragments(old, now).Concat(FlashCheck.CheckTrees(old.Dtb, now.Dtb)).Concat(CheckBootConfig(old, now));
    }

    private static IEnumerable<Diagnostic> CheckFragments(VendorBootImage old, VendorBootImage now)
    {
        var left = now.Ramdisks.ToList();
        foreach (var fragment in old.Ramdisks)
        {
            var name = HeaderText.Printable(fragment.Name);
            if (left.Find(one => one.Name == fragment.Name) is not { } same)
            {
                if (left.Find(one => MemoryWindow.AreEqual(one.Content, fragment.Content)) is { } renamed)
                {
                    left.Remove(renamed);
                    yield return Fragment(
                        $"the ramdisk fragment '{name}' is called '{HeaderText.Printable(renamed.Name)}' in the new image",
                        "what looks for it by its name, such as fastboot flash vendor_boot:NAME, does not find it");
                    continue;
                }

                yield return Fragment(
                    $"the ramdisk fragment '{name}' ({fragment.TypeName}) is not in the new image",
                    fragment.TypeName == "dlkm"
                        ? "the vendor's modules that init loads first are missing; a device whose storage needs them does not start"
                        : "what it holds is missing: the first stage of init, or recovery");
                continue;
            }

            left.Remove(same);
            if (same.Type != fragment.Type)
            {
                yield return Fragment(
                    $"the ramdisk fragment '{name}' is of the type {same.TypeName}, and the stock image's of {fragment.TypeName}",
                    "the bootloader loads it in other modes: one of the type recovery only for recovery");
            }

            if (!same.BoardId.SequenceEqual(fragment.BoardId))
            {
                yield return Fragment(
                    $"the board id of the ramdisk fragment '{name}' is another one than in the stock image",
                    "a bootloader that chooses fragments by board takes others");
            }

            foreach (var finding in CheckContent(name, same.Content, fragment.Content))
            {
                yield return finding;
            }
        }

        if (old.Ramdisks.IsEmpty)
        {
            foreach (var finding in CheckContent("ramdisk", now.Ramdisk, old.Ramdisk))
            {
                yield return finding;
            }
        }
    }

    /// <summary>All fragments are unpacked as one stream, with boot's ramdisk behind them.</summary>
    private static IEnumerable<Diagnostic> CheckContent(string name, ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> stock)
    {
        if (content.IsEmpty && !stock.IsEmpty)
        {
            yield return Fragment($"the ramdisk '{name}' is empty, and the stock image's is not", "what it holds is missing");
            yield break;
        }

        if (Decompressor.TryDecompress(content, out var plain, out _) && SectionFitness.OfRamdisk(plain.Content.Span) is { } unfit)
        {
            yield return unfit;
        }

        var (format, was) = (CompressionFormats.Recognize(content.Span), CompressionFormats.Recognize(stock.Span));
        if (format != was && !content.IsEmpty && !stock.IsEmpty)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.RamdiskCompressionDiffers,
                $"the ramdisk '{name}' is stored as {CompressionFormats.NameOf(format)}, and the stock image's as {CompressionFormats.NameOf(was)}",
                $"store it as {CompressionFormats.NameOf(was)}: kernelbuild boot set --ramdisk-compression") with
            { Consequence = "the kernel unpacks the ramdisks of boot and vendor_boot together, and may have no code for that form" };
        }
    }

    private static IEnumerable<Diagnostic> CheckBootConfig(VendorBootImage old, VendorBootImage now)
    {
        if (!BootConfigText.TryRead(old.BootConfig.Span, out var stock))
        {
            yield break;
        }

        if (!BootConfigText.TryRead(now.BootConfig.Span, out var text))
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.SectionUnfit, "the bootconfig cannot be read: its braces or quotes do not match",
                "edit it by key: kernelbuild boot bootconfig set") with
            { Consequence = "the kernel drops all of it, and androidboot options are missing" };
            yield break;
        }

        foreach (var group in stock.Statements.GroupBy(statement => statement.Key))
        {
            var was = group.Last().Value;
            var value = text.Statements.LastOrDefault(statement => statement.Key == group.Key)?.Value;
            if (value != was)
            {
                var key = HeaderText.Printable(group.Key);
                yield return Diagnostic.Warning(
                    DiagnosticCodes.SectionUnfit,
                    value is null
                        ? $"the bootconfig has no {key}, and the stock image's says {HeaderText.Printable(was)}"
                        : $"the bootconfig says {key}={HeaderText.Printable(value)}, and the stock image's {HeaderText.Printable(was)}",
                    $"set it: kernelbuild boot bootconfig set IMAGE {key}={HeaderText.Printable(was)}") with
                { Consequence = "init reads it as ro.boot properties, by which it finds storage and hardware" };
            }
        }
    }

    private static Diagnostic Fragment(string message, string consequence) => Diagnostic.Warning(
        DiagnosticCodes.VendorRamdiskTableInvalid, message, "keep the stock image's fragments: kernelbuild boot fragment") with
    { Consequence = consequence };
}
