using System.Globalization;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// <c>kernelbuild unpack_bootimg</c>: AOSP's unpack_bootimg. A truncated image is an error here, not files that are too short.
/// </summary>
internal static class UnpackBootimgTool
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal) { ["-0"] = "null" };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var parsed = AospArguments.Parse(
            [.. arguments.Select(a => a == "-0" ? "--null" : a)], ["boot_img", "out", "format"], ["null"], Aliases);
        var image = InputImage.Read(parsed.Required("boot_img"));
        var folder = parsed.Text("out") ?? "out";
        OutputFile.MakeFolder(folder);
        var report = image.File.Boot is { } boot
            ? UnpackBoot(boot, folder)
            : image.File.VendorBoot is { } vendorBoot
                ? UnpackVendorBoot(vendorBoot, folder)
                : throw CommandFrame.Usage("the file is no boot or vendor_boot image", "give boot.img or vendor_boot.img");
        var format = parsed.Text("format") ?? "info";
        if (format == "info")
        {
            foreach (var line in report.Lines)
            {
                output.WriteLine(Printable.Text(line));
            }
        }
        else if (format == "mkbootimg")
        {
            output.Write(
                parsed.Has("null")
                    ? string.Concat(report.Arguments.Select(a => a + '\0'))
                    : string.Join(' ', report.Arguments.Select(Quoted)) + "\n");
        }
        else
        {
            throw CommandFrame.Usage($"there is no format '{format}'", "info or mkbootimg");
        }

        return ExitCode.Done;
    }

    private static UnpackReport UnpackBoot(BootImage image, string folder)
    {
        foreach (var section in image.Sections.Where(s =>
            !s.Content.IsEmpty || s.Kind is BootImageSectionKind.Kernel or BootImageSectionKind.Ramdisk))
        {
            // AOSP writes no file for a part that is not there, and yet always one for kernel and ramdisk of old versions.
            if (!section.Content.IsEmpty || image.HeaderVersion < 3)
            {
                OutputFile.Write(Path.Combine(folder, FileName(section.Kind)), section.Content);
            }
        }

        var report = new UnpackReport();
        report.Text("boot magic", "ANDROID!");
        report.Argument("header_version", Number(image.HeaderVersion));
        report.Argument("os_version", image.OsVersion.VersionText);
        report.Argument("os_patch_level", image.OsVersion.PatchLevelText);
        report.Text("kernel_size", Number((ulong)image.Kernel.Length));
        report.File("kernel", folder, image.Kernel);
        report.Text("ramdisk size", Number((ulong)image.Ramdisk.Length));
        report.File("ramdisk", folder, image.Ramdisk);
        if (image.HeaderVersion < 3)
        {
            DescribeAddresses(image, folder, report);
        }

        report.Text("os version", image.OsVersion.VersionText ?? "None");
        report.Text("os patch level", image.OsVersion.PatchLevelText ?? "None");
        report.Text("boot image header version", Number(image.HeaderVersion));
        if (image.HeaderVersion < 3)
        {
            report.Text("product name", image.Name);
            report.Argument("board", image.Name);
        }

        report.Text("command line args", image.CommandLine);
        report.Argument("cmdline", image.CommandLine);
        if (image.HeaderVersion >= 4)
        {
            report.Text("boot.img signature size", Number((ulong)image.Signature.Length));
        }

        return report;
    }

    private static void DescribeAddresses(BootImage image, string folder, UnpackReport report)
    {
        report.Text("kernel load address", Hex(image.Addresses.Kernel));
        report.Text("ramdisk load address", Hex(image.Addresses.Ramdisk));
        report.Text("second bootloader size", Number((ulong)image.Second.Length));
        report.File("second", folder, image.Second);
        report.Text("second bootloader load address", Hex(image.Addresses.Second));
        report.Text("kernel tags load address", Hex(image.Addresses.Tags));
        report.Text("page size", Number(image.PageSize));
        report.Argument("pagesize", Hex(image.PageSize));
        report.Argument("base", Hex(0));
        report.Argument("kernel_offset", Hex(image.Addresses.Kernel));
        report.Argument("ramdisk_offset", Hex(image.Addresses.Ramdisk));
        report.Argument("second_offset", Hex(image.Addresses.Second));
        report.Argument("tags_offset", Hex(image.Addresses.Tags));
        if (image.HeaderVersion >= 1)
        {
            report.Text("recovery dtbo size", Number((ulong)image.RecoveryDtbo.Length));
            report.Text("recovery dtbo offset", $"0x{image.RecoveryDtboOffset:x16}");
            report.Text("boot header size", Number(image.HeaderSize));
            report.File("recovery_dtbo", folder, image.RecoveryDtbo);
        }

        if (image.HeaderVersion >= 2)
        {
            report.Text("dtb size", Number((ulong)image.Dtb.Length));
            report.Text("dtb address", $"0x{image.Addresses.Dtb:x16}");
            report.File("dtb", folder, image.Dtb);
            report.Argument("dtb_offset", $"0x{image.Addresses.Dtb:x16}");
        }
    }

    private static UnpackReport UnpackVendorBoot(VendorBootImage image, string folder)
    {
        var report = new UnpackReport();
        report.Text("boot magic", "VNDRBOOT");
        report.Text("vendor boot image header version", Number(image.HeaderVersion));
        report.Argument("header_version", Number(image.HeaderVersion));
        report.Text("page size", Hex(image.PageSize));
        report.Argument("pagesize", Hex(image.PageSize));
        report.Argument("base", Hex(0));
        report.Text("kernel load address", Hex(image.Addresses.Kernel));
        report.Argument("kernel_offset", Hex(image.Addresses.Kernel));
        report.Text("ramdisk load address", Hex(image.Addresses.Ramdisk));
        report.Argument("ramdisk_offset", Hex(image.Addresses.Ramdisk));
        report.Text(image.HeaderVersion > 3 ? "vendor ramdisk total size" : "vendor ramdisk size", Number((ulong)image.Ramdisk.Length));
        report.Text("vendor command line args", image.CommandLine);
        report.Argument("vendor_cmdline", image.CommandLine);
        report.Text("kernel tags load address", Hex(image.Addresses.Tags));
        report.Argument("tags_offset", Hex(image.Addresses.Tags));
        report.Text("product name", image.Name);
        report.Argument("board", image.Name);
        report.Text("vendor boot image header size", Number(image.HeaderSize));
        report.Text("dtb size", Number((ulong)image.Dtb.Length));
        report.Text("dtb address", $"0x{image.Addresses.Dtb:x16}");
        report.Argument("dtb_offset", $"0x{image.Addresses.Dtb:x16}");
        report.File("dtb", folder, image.Dtb);
        Write(folder, "dtb", image.Dtb);
        if (image.HeaderVersion == 3)
        {
            Write(folder, "vendor_ramdisk", image.Ramdisk);
            report.File("vendor_ramdisk", folder, image.Ramdisk);
            return report;
        }

        foreach (var (ramdisk, i) in image.Ramdisks.Select((ramdisk, i) => (ramdisk, i)))
        {
            // AOSP also makes links named after the fragments; names out of images are not made into paths here.
            var name = string.Create(CultureInfo.InvariantCulture, $"vendor_ramdisk{i:00}");
            Write(folder, name, ramdisk.Content);
            report.Text(name, $"size {ramdisk.Size}, offset {ramdisk.Offset}, type 0x{ramdisk.Type:x}, name {ramdisk.Name}");
            report.Argument("ramdisk_type", Number(ramdisk.Type));
            report.Argument("ramdisk_name", ramdisk.Name, always: true);
            foreach (var (word, w) in ramdisk.BoardId.Select((word, w) => (word, w)).Where(pair => pair.word != 0))
            {
                report.Argument($"board_id{w}", Hex(word));
            }

            report.Argument("vendor_ramdisk_fragment", Path.Combine(folder, name));
        }

        report.Text("vendor bootconfig size", Number((ulong)image.BootConfig.Length));
        Write(folder, "bootconfig", image.BootConfig);
        if (!image.BootConfig.IsEmpty)
        {
            report.Argument("vendor_bootconfig", Path.Combine(folder, "bootconfig"));
        }

        return report;
    }

    private static void Write(string folder, string name, ReadOnlyMemory<byte> content)
    {
        if (!content.IsEmpty)
        {
            OutputFile.Write(Path.Combine(folder, name), content);
        }
    }

    private static string FileName(BootImageSectionKind kind) =>
        kind == BootImageSectionKind.Signature ? "boot_signature" : BootImageSection.NameOf(kind);

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hex(uint value) => $"0x{value:x8}";

    private static string Quoted(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "@%+=:,./-_".Contains(c, StringComparison.Ordinal))
            ? text
            : "'" + text.Replace("'", "'\"'\"'", StringComparison.Ordinal) + "'";
}
