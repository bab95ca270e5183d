using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Comparison;

/// <summary>Fields of a header by which a bootloader finds and places the sections, against those of a stock image.</summary>
internal static class HeaderCheck
{
    private const string Renew = "put the new content into the stock image: kernelbuild boot set";

    public static IEnumerable<Diagnostic> Check(ImageFile stock, ImageFile changed)
    {
        if (Fields(stock) is not { } old || Fields(changed) is not { } now)
        {
            yield break;
        }

        if (old.PageSize != now.PageSize)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.BootImageHeaderInvalid, $"the page size is {now.PageSize}, and the stock image's {old.PageSize}", Renew) with
            {
                Found = $"{now.PageSize}",
                Expected = $"{old.PageSize}",
                Consequence = "a bootloader that does not read it from the header looks for the sections in other places, and does not boot",
            };
        }

        foreach (var (name, was, value) in Addresses(stock, changed, old.Addresses, now.Addresses).Where(one => one.Was != one.Value))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.BootImageHeaderInvalid,
                $"the load address of the {name} is 0x{value:x8}, and the stock image's 0x{was:x8}", Renew) with
            {
                Found = $"0x{value:x8}",
                Expected = $"0x{was:x8}",
                Consequence = "a bootloader that uses the header's addresses loads it where something else, or no memory, may be",
            };
        }
    }

    private static (uint PageSize, BootAddresses Addresses)? Fields(ImageFile file) =>
        file.Boot is { } boot ? (boot.PageSize, boot.Addresses)
        : file.VendorBoot is { } vendor ? (vendor.PageSize, vendor.Addresses)
        : null;

    /// <summary>Those of sections that both images have: what is not there is loaded by nobody.</summary>
    private static IEnumerable<(string Name, ulong Was, ulong Value)> Addresses(
        ImageFile stock, ImageFile changed, BootAddresses old, BootAddresses now)
    {
        yield return ("kernel", old.Kernel, now.Kernel);
        yield return ("kernel tags", old.Tags, now.Tags);
        if (Both(file => file.Boot is { Ramdisk.IsEmpty: false } || file.VendorBoot is { Ramdisk.IsEmpty: false }))
        {
            yield return ("ramdisk", old.Ramdisk, now.Ramdisk);
        }

        if (Both(file => file.Boot is { Second.IsEmpty: false }))
        {
            yield return ("second-stage bootloader", old.Second, now.Second);
        }

        if (Both(file => file.Boot is { Dtb.IsEmpty: false } || file.VendorBoot is { Dtb.IsEmpty: false }))
        {
            yield return ("device tree", old.Dtb, now.Dtb);
        }

        bool Both(Func<ImageFile, bool> has) => has(stock) && has(changed);
    }
}
