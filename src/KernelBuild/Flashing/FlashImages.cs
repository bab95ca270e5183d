using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>Which images of a build go onto a device.</summary>
public static class FlashImages
{
    /// <summary>In the order in which they are flashed: boot and vbmeta, without which nothing new boots, come last.</summary>
    private static readonly string[] _partitions = ["dtbo", "vendor_boot", "init_boot", "boot", "vbmeta"];

    /// <summary>All that the build made.</summary>
    /// <exception cref="DiagnosticException">KB9009: one of them is no longer what the build made, or there is no boot.img.</exception>
    public static ImmutableArray<FlashImage> Of(DeviceBuild device, FinishedBuild build)
    {
        ImmutableArray<FlashImage> images =
        [
            .. _partitions
                .Select(partition => (Partition: partition, File: build.Find(partition + ".img")))
                .Where(image => image.File is not null)
                .Select(image => new FlashImage(image.Partition, image.File!, StockOf(device, image.Partition))),
        ];
        return images.Any(image => image.Partition == "boot") ? images : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.NothingBuilt, $"the build of '{device.Variant}' made no boot.img",
            $"./nuke.sh BuildKernel --device {device.Name}"));
    }

    private static string? StockOf(DeviceBuild device, string partition) => partition switch
    {
        "boot" => device.StockBootImage,
        "init_boot" => device.InitBoot?.Stock,
        "vendor_boot" => device.VendorBoot?.Stock,
        "dtbo" => device.Dtbo?.Stock,
        "vbmeta" => device.Vbmeta?.Stock,
        _ => null,
    };
}
