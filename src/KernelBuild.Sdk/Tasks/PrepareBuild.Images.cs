using KernelBuild.BootImages.Dtbo;
using KernelBuild.Device;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>The images beside boot.img, and the modules that go into them.</summary>
public sealed partial class PrepareBuild
{
    private bool HasInitBoot => InitBootImage || StockInitBootImage.Length > 0;

    private bool HasVendorBoot => VendorBootImage || StockVendorBootImage.Length > 0;

    private bool BuildsModules => Modules || ModulesInRamdisk || ModulesInVendorBoot || ExternalModules.Length > 0;

    private void RefuseImagesWithoutEffect()
    {
        RefuseVendorBootWithoutEffect();
        if (InitBootImage && StockInitBootImage.Length > 0)
        {
            throw Invalid("InitBootImage makes an image from nothing, and StockInitBootImage names one: set one of the two");
        }

        if (HasInitBoot && StockBootImage.Length == 0 && BootImageVersion != "4")
        {
            throw Invalid($"an init_boot image stands beside a boot image of header version 4, and BootImageVersion is {BootImageVersion}");
        }

        if (HasInitBoot && StockInitBootImage.Length == 0 && Ramdisk.Length == 0)
        {
            throw Invalid("InitBootImage has nothing to hold: the project has no Ramdisk items");
        }

        if (DtboImage.Length == 0 && StockDtboImage.Length + DtboImageKey.Length + DtboPageSize.Length > 0)
        {
            throw Invalid("StockDtboImage, DtboImageKey and DtboPageSize have no effect: the project has no DtboImage items");
        }

        if (StockDtboImage.Length > 0 && DtboPageSize.Length > 0)
        {
            throw Invalid("DtboPageSize has no effect on a stock image, whose header stays");
        }

        if (AppendDeviceTrees && DeviceTrees.Length + DeviceTreeOverlays.Length == 0)
        {
            throw Invalid("AppendDeviceTrees has no effect: the project has no DeviceTree items");
        }

        if (AppendDeviceTrees && (KernelImage == "vmlinux" || KernelImage.EndsWith("-dtb", StringComparison.Ordinal)))
        {
            throw Invalid($"AppendDeviceTrees puts device trees behind the kernel, which cannot be done with {KernelImage}");
        }

        if (!BuildsModules && ModuleLoad.Length + ModuleSigningKey.Length > 0)
        {
            throw Invalid("ModuleLoad and ModuleSigningKey have no effect: Modules is not true");
        }

        RefuseKeysWithoutStock();
    }

    private void RefuseVendorBootWithoutEffect()
    {
        if (VendorBootImage && StockVendorBootImage.Length > 0)
        {
            throw Invalid("VendorBootImage makes an image from nothing, and StockVendorBootImage names one: set one of the two");
        }

        if (!HasVendorBoot && (VendorCommandLine.Length + VendorBootImageKey.Length + BootConfig.Length + VendorRamdisk.Length > 0 || ModulesInVendorBoot))
        {
            throw Invalid(
                "VendorCommandLine, VendorBootImageKey, BootConfig, VendorRamdisk and ModulesInVendorBoot have no effect: the project has neither "
                + "StockVendorBootImage nor VendorBootImage");
        }

        if (VendorBootImage && BootImageVersion == "3" && BootConfig.Length > 0)
        {
            throw Invalid("a vendor_boot image of header version 3 has no bootconfig: put the arguments into VendorCommandLine");
        }

        if (VendorBootImage && BootImageVersion is not ("3" or "4"))
        {
            throw Invalid($"a vendor_boot image has header version 3 or 4, and BootImageVersion is {BootImageVersion}");
        }

        if (ModulesInVendorBoot && StockVendorBootImage.Length > 0 && VendorRamdisk.Length > 0)
        {
            throw Invalid("VendorRamdisk items replace the ramdisk of the stock vendor_boot image, and ModulesInVendorBoot changes it: use one of the two");
        }
    }

    /// <summary>An image made from nothing carries no AVB metadata that could be signed.</summary>
    private void RefuseKeysWithoutStock()
    {
        (string Key, string KeyName, string Stock, string StockName)[] pairs =
        [
            (BootImageKey, nameof(BootImageKey), StockBootImage, nameof(StockBootImage)),
            (InitBootImageKey, nameof(InitBootImageKey), StockInitBootImage, nameof(StockInitBootImage)),
            (VendorBootImageKey, nameof(VendorBootImageKey), StockVendorBootImage, nameof(StockVendorBootImage)),
            (DtboImageKey, nameof(DtboImageKey), StockDtboImage, nameof(StockDtboImage)),
            (VbmetaImageKey, nameof(VbmetaImageKey), StockVbmetaImage, nameof(StockVbmetaImage)),
        ];
        foreach (var (_, key, _, stock) in pairs.Where(pair => pair.Key.Length > 0 && pair.Stock.Length == 0))
        {
            throw Invalid(
                $"{key} signs the AVB metadata of {stock}, which the project does not name; sign an image made from nothing with 'kernelbuild avb "
                + "sign'");
        }
    }

    private VendorBootRequest VendorBoot() => new()
    {
        Stock = OptionalPath(StockVendorBootImage),
        Key = OptionalPath(VendorBootImageKey),
        CommandLine = VendorCommandLine.Trim(),
        BootConfig = [.. BootConfig.Select(item => item.ItemSpec)],
        Ramdisk = [.. VendorRamdisk.Select(RamdiskItem).OrderBy(item => item.Path, StringComparer.Ordinal)],
        Modules = ModulesInVendorBoot,
    };

    private DtboRequest Dtbo() => new()
    {
        Stock = OptionalPath(StockDtboImage),
        Key = OptionalPath(DtboImageKey),
        Version = (uint)Number(nameof(DtboVersion), DtboVersion, 0, 1),
        PageSize = DtboPageSize.Length == 0 ? null : (uint)Number(nameof(DtboPageSize), DtboPageSize, 1, 65536),
        Entries = [.. DtboImage.Select(DtboEntry)],
    };

    private DtboItem DtboEntry(ITaskItem item)
    {
        string[] words = DtboVersion == "1" ? ["Flags", "Custom0", "Custom1", "Custom2"] : ["Custom0", "Custom1", "Custom2", "Custom3"];
        var isConfiguration = item.ItemSpec.EndsWith(".cfg", StringComparison.Ordinal);
        var ids = ((string[])["Id", "Rev", "Flags", "Custom0", "Custom1", "Custom2", "Custom3"]).Where(name => item.GetMetadata(name).Length > 0).ToArray();
        if (isConfiguration && ids.Length > 0)
        {
            throw Invalid($"the DtboImage item '{item.ItemSpec}' is a configuration file, which has the ids in it: {string.Join(", ", ids)} has no effect");
        }

        if (ids.Except([.. words, "Id", "Rev"]).ToArray() is [var unknown, ..])
        {
            throw Invalid($"the DtboImage item '{item.ItemSpec}' has {unknown}, which entries of DtboVersion {DtboVersion} do not have");
        }

        var folder = item.GetMetadata("Folder");
        return new DtboItem(
            DeviceTree(item),
            Directory.Exists(FullPath(folder.Length == 0 ? "/nonexistent" : folder)) ? FullPath(folder) : folder,
            EntryNumber(item, "Id"),
            EntryNumber(item, "Rev"),
            [.. words.Select(word => EntryNumber(item, word))]);
    }

    private uint EntryNumber(ITaskItem item, string name)
    {
        var text = item.GetMetadata(name);
        return DtboNumber.TryParse(text.Length == 0 ? "0" : text, out var value)
            ? value
            : throw Invalid($"{name} of the DtboImage item '{item.ItemSpec}' is '{text}'; a number of 32 bits was expected, decimal or with 0x");
    }

    /// <summary>A folder of the project, else one of the source.</summary>
    private ExternalModule ExternalModule(ITaskItem item) => new(
        Directory.Exists(FullPath(item.ItemSpec)) ? FullPath(item.ItemSpec) : item.ItemSpec.Trim('/'),
        [.. item.GetMetadata("MakeVariables").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]);

    private VendorModules ModulesOfVendor(ITaskItem item) => Path.Exists(FullPath(item.ItemSpec))
        ? new VendorModules(
            FullPath(item.ItemSpec), [.. item.GetMetadata("Except").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)])
        : throw Invalid($"the VendorModules item '{item.ItemSpec}' is neither a file nor a folder of the project");
}
