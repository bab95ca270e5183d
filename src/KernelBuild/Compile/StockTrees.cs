using System.Collections.Immutable;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compression.Recognition;
using KernelBuild.Device;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compile;

/// <summary>
/// The device trees of the stock image, which overlays of the project are applied to when the project has no trees of its own: so a
/// device can be corrected whose vendor published no sources of its trees.
/// </summary>
public static class StockTrees
{
    /// <summary>The image that the trees come from and go back into; null when the device has trees of its own, or no overlays.</summary>
    public static string? ImageOf(DeviceBuild device) => device.DeviceTrees.Length > 0 || device.DeviceTreeOverlays.Length == 0
        ? null
        : device.VendorBoot is { } vendor ? vendor.Stock : device.StockBootImage;

    /// <summary>The blobs, in their order; empty for an image without.</summary>
    /// <exception cref="DiagnosticException">KB9012, and what reading an image raises. KB5031: the trees stand in a container.</exception>
    public static ImmutableArray<ReadOnlyMemory<byte>> Read(string image)
    {
        var section = SectionOf(StockFile.Read(image));
        RequireSequence(section, image);
        return [.. DeviceTreeBlob.FindAll(section.Span).Select(found => section.Slice(found.Offset, found.Length))];
    }

    /// <summary>
    /// Trees can be put where trees stand one directly after another. Some vendors have a table in front of them or gaps between them, which
    /// their bootloaders go by: what is written without would not boot.
    /// </summary>
    /// <exception cref="DiagnosticException">KB5031.</exception>
    public static void RequireSequence(ReadOnlyMemory<byte> section, string image)
    {
        var rest = section.Span;
        while (DeviceTreeBlob.LengthOf(rest) is > 0 and var length)
        {
            rest = rest[length..];
        }

        if (rest.IndexOfAnyExcept((byte)0) is >= 0 and var at)
        {
            var offset = section.Length - rest.Length + at;
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"the device trees of the image do not stand one directly after another: at byte {offset} of their section is "
                + $"{FileKind.Describe(rest[at..])}",
                "a table or gaps, which the bootloader goes by, are not written here: make the section with the vendor's tool, and put it in "
                + "with kernelbuild boot set --dtb") with
            { File = image });
        }
    }

    /// <summary>Where an image has its trees: a section of their own, else behind the kernel.</summary>
    public static ReadOnlyMemory<byte> SectionOf(ImageFile file)
    {
        ReadOnlyMemory<byte> section = file.VendorBoot?.Dtb ?? file.Boot?.Dtb ?? default;
        return section.IsEmpty && file.Boot is { } boot ? SectionParts.OfKernel(boot.Kernel).DeviceTrees : section;
    }
}
