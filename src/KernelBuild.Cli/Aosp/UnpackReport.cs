using System.Globalization;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// What unpack_bootimg says of an image: lines for people, arguments for mkbootimg. Source of the form: AOSP, unpack_bootimg.py,
/// <c>format_pretty_text</c> and <c>format_mkbootimg_argument</c>.
/// </summary>
internal sealed class UnpackReport
{
    private const int BoardIdColumns = 4;

    public List<string> Lines { get; } = [];

    public List<string> Arguments { get; } = [];

    /// <summary>The file of a fragment.</summary>
    public static string FragmentFile(int number) => string.Create(CultureInfo.InvariantCulture, $"vendor_ramdisk{number:00}");

    public static UnpackReport Of(BootImage image, string folder)
    {
        var report = new UnpackReport();
        report.DescribeBoot(image);
        report.ArgumentsOfBoot(image, folder);
        return report;
    }

    public static UnpackReport Of(VendorBootImage image, string folder)
    {
        var report = new UnpackReport();
        report.DescribeVendorBoot(image);
        report.ArgumentsOfVendorBoot(image, folder);
        return report;
    }

    private void DescribeBoot(BootImage image)
    {
        var isOld = image.HeaderVersion < 3;
        Line("boot magic", "ANDROID!");
        Line("kernel_size", image.Kernel.Length);
        if (isOld)
        {
            Line("kernel load address", Hex(image.Addresses.Kernel));
        }

        Line("ramdisk size", image.Ramdisk.Length);
        if (isOld)
        {
            Line("ramdisk load address", Hex(image.Addresses.Ramdisk));
            Line("second bootloader size", image.Second.Length);
            Line("second bootloader load address", Hex(image.Addresses.Second));
            Line("kernel tags load address", Hex(image.Addresses.Tags));
            Line("page size", image.PageSize);
        }

        Line("os version", image.OsVersion.VersionText ?? "None");
        Line("os patch level", image.OsVersion.PatchLevelText ?? "None");
        Line("boot image header version", image.HeaderVersion);
        if (isOld)
        {
            Line("product name", image.Name);
        }

        Line("command line args", image.FirstCommandLine);
        if (isOld)
        {
            Line("additional command line args", image.ExtraCommandLine);
        }

        if (image.HeaderVersion is 1 or 2)
        {
            Line("recovery dtbo size", image.RecoveryDtbo.Length);
            Line("recovery dtbo offset", Hex64(image.RecoveryDtboOffset));
            Line("boot header size", image.HeaderSize);
        }

        if (image.HeaderVersion == 2)
        {
            Line("dtb size", image.Dtb.Length);
            Line("dtb address", Hex64(image.Addresses.Dtb));
        }

        if (image.HeaderVersion >= 4)
        {
            Line("boot.img signature size", image.Signature.Length);
        }
    }

    private void ArgumentsOfBoot(BootImage image, string folder)
    {
        Argument("header_version", Number(image.HeaderVersion));
        Given("os_version", image.OsVersion.VersionText);
        Given("os_patch_level", image.OsVersion.PatchLevelText);
        Argument("kernel", Path.Combine(folder, "kernel"));
        Argument("ramdisk", Path.Combine(folder, "ramdisk"));
        if (image.HeaderVersion >= 3)
        {
            Argument("cmdline", image.CommandLine);
            return;
        }

        // not kernel and ramdisk, which mkbootimg is given even when they are empty
        foreach (var section in image.Sections.Skip(2).Where(section => !section.Content.IsEmpty))
        {
            var name = BootImageSection.NameOf(section.Kind);
            Argument(name, Path.Combine(folder, name));
        }

        Argument("pagesize", Hex(image.PageSize));
        Argument("base", Hex(0));
        Argument("kernel_offset", Hex(image.Addresses.Kernel));
        Argument("ramdisk_offset", Hex(image.Addresses.Ramdisk));
        Argument("second_offset", Hex(image.Addresses.Second));
        Argument("tags_offset", Hex(image.Addresses.Tags));
        if (image.HeaderVersion == 2)
        {
            Argument("dtb_offset", Hex64(image.Addresses.Dtb));
        }

        Argument("board", image.Name);
        Argument("cmdline", image.CommandLine);
    }

    private void DescribeVendorBoot(VendorBootImage image)
    {
        var hasTable = image.HeaderVersion > 3;
        Line("boot magic", "VNDRBOOT");
        Line("vendor boot image header version", image.HeaderVersion);
        Line("page size", Hex(image.PageSize));
        Line("kernel load address", Hex(image.Addresses.Kernel));
        Line("ramdisk load address", Hex(image.Addresses.Ramdisk));
        Line(hasTable ? "vendor ramdisk total size" : "vendor ramdisk size", image.Ramdisk.Length);
        Line("vendor command line args", image.CommandLine);
        Line("kernel tags load address", Hex(image.Addresses.Tags));
        Line("product name", image.Name);
        Line("vendor boot image header size", image.HeaderSize);
        Line("dtb size", image.Dtb.Length);
        Line("dtb address", Hex64(image.Addresses.Dtb));
        if (!hasTable)
        {
            return;
        }

        Line("vendor ramdisk table size", image.Sections.First(section => section.Kind == VendorBootSectionKind.RamdiskTable).Content.Length);
        Lines.Add("vendor ramdisk table: [");
        foreach (var (ramdisk, i) in image.Ramdisks.Select((ramdisk, i) => (ramdisk, i)))
        {
            DescribeFragment(ramdisk, i);
        }

        Lines.Add("]");
        Line("vendor bootconfig size", image.BootConfig.Length);
    }

    private void DescribeFragment(VendorRamdisk ramdisk, int number)
    {
        Lines.Add($"    {FragmentFile(number)}: {{");
        Lines.Add($"        size: {Number(ramdisk.Size)}");
        Lines.Add($"        offset: {Number(ramdisk.Offset)}");
        Lines.Add($"        type: 0x{ramdisk.Type:x}");
        Lines.Add($"        name: {ramdisk.Name}");
        Lines.Add("        board_id: [");
        foreach (var row in ramdisk.BoardId.Chunk(BoardIdColumns))
        {
            Lines.Add("            " + string.Join(' ', row.Select(word => Hex(word) + ",")));
        }

        Lines.Add("        ]");
        Lines.Add("    }");
    }

    private void ArgumentsOfVendorBoot(VendorBootImage image, string folder)
    {
        Argument("header_version", Number(image.HeaderVersion));
        Argument("pagesize", Hex(image.PageSize));
        Argument("base", Hex(0));
        Argument("kernel_offset", Hex(image.Addresses.Kernel));
        Argument("ramdisk_offset", Hex(image.Addresses.Ramdisk));
        Argument("tags_offset", Hex(image.Addresses.Tags));
        Argument("dtb_offset", Hex64(image.Addresses.Dtb));
        Argument("vendor_cmdline", image.CommandLine);
        Argument("board", image.Name);
        if (!image.Dtb.IsEmpty)
        {
            Argument("dtb", Path.Combine(folder, "dtb"));
        }

        if (image.HeaderVersion == 3)
        {
            Argument("vendor_ramdisk", Path.Combine(folder, "vendor_ramdisk"));
            return;
        }

        Argument("vendor_bootconfig", Path.Combine(folder, "bootconfig"));
        foreach (var (ramdisk, i) in image.Ramdisks.Select((ramdisk, i) => (ramdisk, i)))
        {
            Argument("ramdisk_type", Number(ramdisk.Type));
            Argument("ramdisk_name", ramdisk.Name);
            foreach (var (word, w) in ramdisk.BoardId.Select((word, w) => (word, w)).Where(pair => pair.word != 0))
            {
                Argument($"board_id{Number((uint)w)}", Hex(word));
            }

            Argument("vendor_ramdisk_fragment", Path.Combine(folder, FragmentFile(i)));
        }
    }

    private void Line(string name, string value) => Lines.Add($"{name}: {value}");

    private void Line(string name, long value) => Line(name, value.ToString(CultureInfo.InvariantCulture));

    private void Argument(string name, string value) => Arguments.AddRange(["--" + name, value]);

    /// <summary>An argument that is left out when it has no value.</summary>
    private void Given(string name, string? value)
    {
        if (value is not null)
        {
            Argument(name, value);
        }
    }

    private static string Number(uint value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hex(uint value) => $"0x{value:x8}";

    private static string Hex64(ulong value) => $"0x{value:x16}";
}
