using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Pack;

/// <summary>Whether the images that a project names are what it takes them for, and everything it makes reaches one of them.</summary>
public static class ImagesOfDevice
{
    /// <summary>Looked at before anything is fetched: an hour of compiling later is too late.</summary>
    /// <exception cref="DiagnosticException">KB5035: a device tree reaches no image. KB5031, KB9012: a stock image of another kind.</exception>
    public static void Require(DeviceBuild device)
    {
        var boot = Stock(device.StockBootImage, "StockBootImage", "boot", file => file.Boot is { Kernel.IsEmpty: false });
        Stock(device.InitBoot?.Stock, "StockInitBootImage", "init_boot", file => file.Boot is { Kernel.IsEmpty: true });
        var vendor = Stock(device.VendorBoot?.Stock, "StockVendorBootImage", "vendor_boot", file => file.VendorBoot is not null);
        var dtbo = Stock(device.Dtbo?.Stock, "StockDtboImage", "dtbo", file => file.Dtbo is not null);
        if (dtbo?.Dtbo is { } table && table.Version != device.Dtbo!.Version)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DtboInvalid, $"StockDtboImage is of version {table.Version}, and DtboVersion is {device.Dtbo.Version}",
                $"set DtboVersion to {table.Version}: it says what the words of an entry mean") with
            { File = device.ProjectFile });
        }

        RequireVbmeta(device);
        RequireTrees(device, boot);
        if (device.DeviceTrees.Length + device.DeviceTreeOverlays.Length > 0)
        {
            foreach (var (file, path) in ((ImageFile?, string?)[])[(boot, device.StockBootImage), (vendor, device.VendorBoot?.Stock)])
            {
                StockTrees.RequireSequence(file is null ? default : StockTrees.SectionOf(file), path ?? "");
            }
        }

        RequirePlaceForTrees(device, boot);
    }

    private static void RequireVbmeta(DeviceBuild device)
    {
        if (Stock(device.Vbmeta?.Stock, "StockVbmetaImage", "vbmeta", file => file is { Vbmeta: not null, Footer: null }) is not { } file)
        {
            return;
        }

        string[] made =
        [
            "boot", .. device.InitBoot is null ? (string[])[] : ["init_boot"], .. device.VendorBoot is null ? (string[])[] : ["vendor_boot"],
            .. device.Dtbo is null ? (string[])[] : ["dtbo"],
        ];
        if (!made.Any(partition => StockImages.Describes(file.Vbmeta!, partition)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"StockVbmetaImage says nothing of what the build makes ({string.Join(", ", made)}), so that it would stay as it is",
                "leave StockVbmetaImage out; another vbmeta image of the device, such as vbmeta_system.img, may name them: "
                + "kernelbuild boot info FILE lists what it names") with
            { File = device.Vbmeta!.Stock });
        }
    }

    /// <summary>What a header version demands is asked for before an hour of compiling, not when the image is packed.</summary>
    private static void RequireTrees(DeviceBuild device, ImageFile? boot)
    {
        var isVersion2 = boot is null && device.BootImageVersion == 2;
        var isVendorVersion3 = device.VendorBoot is { Stock: null } && device.BootImageVersion == 3;
        if (device.DeviceTrees.IsEmpty && (isVersion2 || isVendorVersion3))
        {
            throw NewImages.NoTree(device, isVersion2 ? "a boot image of header version 2" : "a vendor_boot image of header version 3");
        }
    }

    private static ImageFile? Stock(string? path, string property, string kind, Func<ImageFile, bool> isKind)
    {
        if (path is null)
        {
            return null;
        }

        var file = StockFile.Read(path);
        return isKind(file)
            ? file
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                $"{property} is {(file.Boot is { Kernel.IsEmpty: true } ? "an init_boot" : $"a {NameOf(file.Kind)}")} image",
                $"name the {kind} image of the device") with
            { File = path });
    }

    private static string NameOf(ImageKind kind) => kind switch
    {
        ImageKind.VendorBoot => "vendor_boot",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static void RequirePlaceForTrees(DeviceBuild device, ImageFile? boot)
    {
        var (trees, overlays) = (device.DeviceTrees, device.DeviceTreeOverlays);
        if (!device.DeviceTreesInImage || trees.Length + overlays.Length == 0)
        {
            return;
        }

        var name = Path.GetFileName(trees.Length > 0 ? trees[0] : overlays[0].Source);
        if (trees.IsEmpty && StockTrees.ImageOf(device) is null)
        {
            throw Nowhere(device, $"the overlay {name} applies to no device tree, and reaches no image", "add a DeviceTree item or a stock image with "
                + "device trees; DtboImage items are for overlays that the bootloader applies");
        }

        if (trees.IsEmpty && StockTrees.Read(StockTrees.ImageOf(device)!).IsEmpty)
        {
            throw Nowhere(
                device, $"the overlay {name} is for the device trees of {Path.GetFileName(StockTrees.ImageOf(device))}, which has none",
                "name the image that has them: StockVendorBootImage, or a StockBootImage of header version 2");
        }

        var version = boot?.Boot?.HeaderVersion ?? (uint)device.BootImageVersion;
        var isInKernelImage = device.KernelImage.EndsWith("-dtb", StringComparison.Ordinal)
            && overlays.IsEmpty && !trees.Any(Path.IsPathRooted);
        if (device.VendorBoot is not null || device.AppendDeviceTrees || version == 2 || isInKernelImage)
        {
            return;
        }

        var hasAppended = boot?.Boot is { } image && !SectionParts.OfKernel(image.Kernel).DeviceTrees.IsEmpty;
        throw Nowhere(
            device,
            $"the device tree {name} reaches no image: a boot image of header version {version} holds none",
            hasAppended
                ? "set AppendDeviceTrees to true: the stock image has its device trees behind the kernel"
                : "StockVendorBootImage (or VendorBootImage) puts it into vendor_boot.img, BootImageVersion 2 into boot.img, AppendDeviceTrees "
                    + "behind the kernel; DeviceTreesInImage=false says that it is only to be compiled");
    }

    private static DiagnosticException Nowhere(DeviceBuild device, string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.DeviceTreeInNoImage, message, fix) with { File = device.ProjectFile });
}
