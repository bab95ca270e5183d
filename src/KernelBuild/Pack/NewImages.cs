using System.Globalization;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Pack;

/// <summary>Images made from nothing, with the layout and the defaults of AOSP's tools.</summary>
internal sealed class NewImages(DeviceBuild device, CompiledKernel kernel)
{
    /// <summary>Fragment type of a vendor's ramdisk that is always loaded, VENDOR_RAMDISK_TYPE_PLATFORM of AOSP's bootimg.h.</summary>
    private const uint PlatformFragment = 1;

    private string Version => "header version " + device.BootImageVersion.ToString(CultureInfo.InvariantCulture);

    private OsVersion OsVersionOfDevice => OsVersion.Parse(device.OsVersion, device.OsPatchLevel);

    /// <param name="ramdisk">The stream; empty when it goes into init_boot.</param>
    /// <param name="boot">The kernel as it is stored, device trees behind it included.</param>
    /// <param name="expected">What the kernel must be when it is read back.</param>
    public ImageToPack Boot(ReadOnlyMemory<byte> ramdisk, ReadOnlyMemory<byte> boot, ExpectedContent expected)
    {
        var dtb = DeviceTreeBlob();
        var image = BootImage.Create(new BootImageContents
        {
            HeaderVersion = (uint)device.BootImageVersion,
            Kernel = boot,
            Ramdisk = ramdisk,
            Dtb = dtb,
            CommandLine = device.CommandLine,
            Name = device.BootImageVersion < 3 ? device.Name[..Math.Min(15, device.Name.Length)] : "",
            OsVersion = OsVersionOfDevice,
            PageSize = device.BootImageVersion < 3 ? (uint)device.PageSize : null,
        });
        var expectation = new ImageExpectation
        {
            IsNew = true,
            Kernel = expected,
            Ramdisk = Exactly(ramdisk),
            Dtb = Exactly(dtb),
        };
        return new ImageToPack("boot.img", new EditedImage(image.ToSequence(), expectation, []), Version);
    }

    public ImageToPack InitBoot(ReadOnlyMemory<byte> ramdisk)
    {
        var image = BootImage.Create(new BootImageContents { HeaderVersion = 4, Ramdisk = ramdisk, OsVersion = OsVersionOfDevice });
        var expectation = new ImageExpectation { IsNew = true, Kernel = ExpectedContent.Absent, Ramdisk = Exactly(ramdisk) };
        return new ImageToPack("init_boot.img", new EditedImage(image.ToSequence(), expectation, []), "header version 4");
    }

    /// <param name="ramdisk">The vendor's, as a stream; empty for none.</param>
    public ImageToPack VendorBoot(VendorBootRequest request, ReadOnlyMemory<byte> ramdisk)
    {
        byte[] dtb = [.. kernel.DeviceTrees.SelectMany(File.ReadAllBytes)];
        var image = VendorBootImage.Create(new VendorBootContents
        {
            HeaderVersion = (uint)device.BootImageVersion,
            Ramdisks = ramdisk.IsEmpty ? [] : [new VendorRamdiskContents(ramdisk, PlatformFragment)],
            Dtb = dtb,
            BootConfig = BootConfigOf(request),
            CommandLine = request.CommandLine,
            PageSize = (uint)device.PageSize,
        });
        var expectation = new ImageExpectation { IsNew = true, Ramdisk = Exactly(ramdisk), Dtb = Exactly(dtb) };
        return new ImageToPack("vendor_boot.img", new EditedImage(image.ToSequence(), expectation, []), Version);
    }

    public ImageToPack Dtbo(DtboRequest request)
    {
        var entries = EntriesOf(kernel);
        var bytes = DtboWriter.Write(new DtboContents { Version = request.Version, PageSize = request.PageSize ?? DtboFields.DefaultPageSize, Entries = [.. entries] });
        var expectation = new ImageExpectation { Overlays = [.. entries.Select(entry => ExpectedContent.ExactlyStored(entry.Content))] };
        return new ImageToPack(
            "dtbo.img", new EditedImage(new(bytes), expectation, []),
            string.Create(CultureInfo.InvariantCulture, $"version {request.Version}, {Counted.Of(entries.Length, "overlay", "overlays")}"));
    }

    /// <summary>The compiled overlays with their ids.</summary>
    public static DtboEntryContents[] EntriesOf(CompiledKernel kernel) =>
    [
        .. kernel.DtboEntries.Select(entry => new DtboEntryContents(
            File.ReadAllBytes(entry.File), entry.Id, entry.Revision, entry.Custom[0], entry.Custom[1], entry.Custom[2], entry.Custom[3])),
    ];

    /// <summary>Lines as the bootloader hands them on: each with its line end.</summary>
    public static byte[] BootConfigOf(VendorBootRequest request) =>
        System.Text.Encoding.UTF8.GetBytes(string.Concat(request.BootConfig.Select(line => line + "\n")));

    private static ExpectedContent Exactly(ReadOnlyMemory<byte> stored) =>
        stored.IsEmpty ? ExpectedContent.Absent : ExpectedContent.ExactlyStored(stored);

    private byte[] DeviceTreeBlob()
    {
        if (device.BootImageVersion != 2)
        {
            return [];
        }

        return kernel.DeviceTrees.Length > 0
            ? [.. kernel.DeviceTrees.SelectMany(File.ReadAllBytes)]
            : throw NoTree(device, "a boot image of header version 2");
    }

    /// <summary>KB4006.</summary>
    public static DiagnosticException NoTree(DeviceBuild device, string image) => new(Diagnostic.Error(
        DiagnosticCodes.DeviceTreeMissing,
        $"{image} carries a device tree, and the device has none",
        "add a DeviceTree item, or set BootImageVersion to 4") with
    { File = device.ProjectFile });
}
