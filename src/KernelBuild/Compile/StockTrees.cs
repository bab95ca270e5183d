using System.Collections.Immutable;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Device;
using KernelBuild.DeviceTrees.Blob;

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
    /// <exception cref="KernelBuild.Diagnostics.DiagnosticException">KB9012, and what reading an image raises.</exception>
    public static ImmutableArray<ReadOnlyMemory<byte>> Read(string image)
    {
        var file = StockFile.Read(image);
        ReadOnlyMemory<byte> section = file.VendorBoot?.Dtb ?? file.Boot?.Dtb ?? default;
        if (section.IsEmpty && file.Boot is { } boot)
        {
            section = SectionParts.OfKernel(boot.Kernel).DeviceTrees;
        }

        return [.. DeviceTreeBlob.FindAll(section.Span).Select(found => section.Slice(found.Offset, found.Length))];
    }
}
