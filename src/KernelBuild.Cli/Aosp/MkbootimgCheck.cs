using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>Which of mkbootimg's options do not go together, and which have no effect on what is written.</summary>
internal static class MkbootimgCheck
{
    private static readonly string[] _files =
        ["kernel", "ramdisk", "second", "dtb", "recovery_dtbo", "recovery_acpio", "dt", "vendor_ramdisk", "vendor_bootconfig"];

    private static readonly string[] _numbers = ["base", "kernel_offset", "ramdisk_offset", "second_offset", "dtb_offset", "tags_offset"];

    /// <summary>What the parser of AOSP's tool refuses, whatever becomes of the option: exit code 2.</summary>
    /// <exception cref="DiagnosticException">KB9010: a text is too long, or no number. KB9012: no file.</exception>
    public static void RefuseValues(AospArguments parsed, uint version)
    {
        if (!parsed.Has("output") && !parsed.Has("vendor_boot"))
        {
            throw CommandFrame.Usage("neither --output nor --vendor_boot is given", "say where to write: -o boot.img");
        }

        // each ends with a NUL; below version 3 the command line stands in two fields
        (string Name, int Bytes)[] texts =
        [
            ("cmdline", version < 3 ? BootImageFields.CommandLineLength - 1 + BootImageFields.ExtraCommandLineLength - 1
                : BootImageFields.V3CommandLineLength - 1),
            ("vendor_cmdline", VendorBootFields.CommandLineLength - 1), ("board", BootImageFields.NameLength - 1),
            ("ramdisk_name", VendorBootFields.EntryNameLength - 1),
        ];
        foreach (var (name, most) in texts)
        {
            foreach (var bytes in parsed.All(name).Select(Encoding.UTF8.GetByteCount).Where(bytes => bytes > most))
            {
                throw CommandFrame.Usage($"--{name} has {bytes} bytes, and the header has room for {most}", "shorten it");
            }
        }

        if (parsed.Has("recovery_dtbo") && parsed.Has("recovery_acpio"))
        {
            throw CommandFrame.Usage("--recovery_acpio takes the place of --recovery_dtbo", "give one of the two");
        }

        if (parsed.Has("pagesize") && parsed.Word("pagesize", 0) is not (2048 or 4096 or 8192 or 16384))
        {
            throw CommandFrame.Usage($"--pagesize takes no {parsed.Text("pagesize")}", "one of 2048, 4096, 8192, 16384");
        }

        if (version > 3 && parsed.Has("vendor_boot"))
        {
            FragmentOptions.RefuseValues(parsed);
        }

        foreach (var name in _numbers)
        {
            parsed.Signed(name, 0);
        }

        foreach (var path in _files.SelectMany(parsed.All).Where(path => path.Length > 0 && !File.Exists(path)))
        {
            InputFile.Read(path);
        }
    }

    /// <exception cref="DiagnosticException">KB9010: what AOSP's tool refuses, too.</exception>
    public static void Refuse(AospArguments parsed, uint version)
    {
        if (parsed.Has("dt") && version > 0)
        {
            throw CommandFrame.Usage("--dt is for version 0 images, and --header_version is another one", "leave one of the two out");
        }

        if (parsed.Has("output") && parsed.Has("second") && version > 2)
        {
            throw CommandFrame.Usage($"a version {version} image has no second bootloader", "leave --second out");
        }

        RefuseVendorBoot(parsed, version);
    }

    /// <summary>Options that AOSP's tool takes and that change nothing in what it writes.</summary>
    public static IEnumerable<Diagnostic> Warnings(AospArguments parsed, uint version)
    {
        var boot = parsed.Has("output");
        var vendorBoot = parsed.Has("vendor_boot");
        (string Name, bool HasEffect)[] options =
        [
            ("kernel", boot), ("ramdisk", boot), ("second", boot && version < 3), ("cmdline", boot), ("dt", boot),
            ("recovery_dtbo", boot && version is 1 or 2), ("recovery_acpio", boot && version is 1 or 2),
            ("dtb", (boot && version == 2) || vendorBoot), ("dtb_offset", (boot && version == 2) || vendorBoot),
            ("base", (boot && version < 3) || vendorBoot), ("kernel_offset", (boot && version < 3) || vendorBoot),
            ("ramdisk_offset", (boot && version < 3) || vendorBoot), ("tags_offset", (boot && version < 3) || vendorBoot),
            ("second_offset", boot && version < 3), ("board", (boot && version < 3) || vendorBoot),
            ("pagesize", (boot && version < 3) || vendorBoot), ("os_version", boot), ("os_patch_level", boot), ("id", boot && version < 3),
            ("vendor_cmdline", vendorBoot), ("vendor_ramdisk", vendorBoot), ("vendor_bootconfig", vendorBoot && version > 3),
            ("gki_signing_algorithm", boot && version == 4 && parsed.Has("gki_signing_key")),
            ("gki_signing_key", boot && version == 4 && parsed.Has("gki_signing_algorithm")),
            ("gki_signing_signature_args", boot && version == 4 && parsed.Has("gki_signing_key") && parsed.Has("gki_signing_algorithm")),
            ("gki_signing_avbtool_path", boot && version == 4 && parsed.Has("gki_signing_key") && parsed.Has("gki_signing_algorithm")),
        ];
        foreach (var (name, _) in options.Where(option => parsed.Has(option.Name) && !option.HasEffect))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.UsageInvalid, $"--{name} has no effect on a version {version} {(boot ? "boot" : "vendor_boot")} image",
                "leave it out, or give --header_version, --output or --vendor_boot of the image that you mean");
        }

        var stored = OsVersion.ParseLikeMkbootimg(parsed.Text("os_version"), parsed.Text("os_patch_level"));
        if (parsed.Text("os_version") is { Length: > 0 } text && stored.VersionText is null && text.Trim('0', '.').Length > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.UsageInvalid, $"--os_version {Printable.Text(text)} starts with no number, and is stored as 0, as mkbootimg does",
                "write it like 14.0.0");
        }

        if (parsed.Text("os_patch_level") is { Length: > 0 } level && stored.PatchLevelText is null)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.UsageInvalid,
                $"--os_patch_level {Printable.Text(level)} is no year and month, and is stored as 0, as mkbootimg does", "write it like 2024-05");
        }
    }

    private static void RefuseVendorBoot(AospArguments parsed, uint version)
    {
        var hasFragments = FragmentOptions.All.Any(option => parsed.Has(option.Name));
        if (hasFragments && (version < 4 || !parsed.Has("vendor_boot")))
        {
            throw CommandFrame.Usage("ramdisk fragments are for version 4 vendor_boot images", "give --header_version 4 --vendor_boot FILE");
        }

        if (FragmentOptions.LeftOver(parsed) is { } leftOver)
        {
            throw CommandFrame.Usage(
                $"--{leftOver} belongs to no ramdisk fragment", "options of a fragment stand in front of its --vendor_ramdisk_fragment");
        }

        if (parsed.Has("vendor_boot") && version is not (3 or 4))
        {
            throw CommandFrame.Usage($"there is no vendor_boot image of version {version}", "give --header_version 3 or 4");
        }

        if (parsed.Has("vendor_boot") && version == 3 && !parsed.Has("vendor_ramdisk"))
        {
            throw CommandFrame.Usage("a version 3 vendor_boot image has a ramdisk, and none is given", "give it: --vendor_ramdisk FILE");
        }
    }
}
