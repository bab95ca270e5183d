using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild mkbootimg</c>: AOSP's mkbootimg.</summary>
internal static class MkbootimgTool
{
    public static AospSyntax Syntax { get; } = new(
        "mkbootimg", "Makes a boot image, a vendor_boot image, or both.",
        [
            new("kernel", "KERNEL", "The kernel"),
            new("ramdisk", "RAMDISK", "The ramdisk"),
            new("second", "SECOND", "The second bootloader"),
            new("dtb", "DTB", "The device tree"),
            new("recovery_dtbo", "RECOVERY_DTBO", "The overlay table of recovery"),
            new("recovery_acpio", "RECOVERY_ACPIO", "The ACPI tables of recovery, in the place of the overlay table"),
            new("cmdline", "CMDLINE", "The kernel command line"),
            new("vendor_cmdline", "VENDOR_CMDLINE", "The kernel command line of the vendor_boot image"),
            new("base", "BASE", "What is added to the offsets; 0x10000000 otherwise"),
            new("kernel_offset", "KERNEL_OFFSET", "Where the kernel is loaded; 0x00008000 otherwise"),
            new("ramdisk_offset", "RAMDISK_OFFSET", "Where the ramdisk is loaded; 0x01000000 otherwise"),
            new("second_offset", "SECOND_OFFSET", "Where the second bootloader is loaded; 0x00f00000 otherwise"),
            new("dtb_offset", "DTB_OFFSET", "Where the device tree is loaded; 0x01f00000 otherwise"),
            new("os_version", "OS_VERSION", "The version of Android, A.B.C"),
            new("os_patch_level", "OS_PATCH_LEVEL", "The security patch level, YYYY-MM"),
            new("tags_offset", "TAGS_OFFSET", "Where the kernel tags are loaded; 0x00000100 otherwise"),
            new("board", "BOARD", "The product name"),
            new("pagesize", "PAGESIZE", "2048 (otherwise), 4096, 8192 or 16384"),
            new("id", null, "Prints the id of the boot image"),
            new("header_version", "HEADER_VERSION", "The version of the header, 0 to 4; 0 otherwise"),
            new("dt", "DT", "A device-tree table, in a version 0 image for bootloaders that look for one"),
            new("output", "OUTPUT", "The boot image to write") { Aliases = ["-o", "--out", "--boot"] },
            new("vendor_boot", "VENDOR_BOOT", "The vendor_boot image to write"),
            new("vendor_ramdisk", "VENDOR_RAMDISK", "The ramdisk of the vendor_boot image"),
            new("vendor_bootconfig", "VENDOR_BOOTCONFIG", "The bootconfig of the vendor_boot image"),
            .. GkiSigning.Options,
            .. FragmentOptions.All,
        ])
    {
        Epilogue = "Options of a ramdisk fragment stand in front of its --vendor_ramdisk_fragment, and are given again for the next one.\n",
    };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (Syntax.Parse(arguments, output) is not { } parsed)
        {
            return ExitCode.Done;
        }

        var version = parsed.Word("header_version", 0);
        MkbootimgCheck.RefuseValues(parsed, version);
        try
        {
            return Make(parsed, version, output, errors);
        }
        catch (DiagnosticException exception) when (exception.Diagnostics.All(one => one.Code == DiagnosticCodes.UsageInvalid))
        {
            // as mkbootimg has it: 2 is for what its parser refuses, 1 for all that is found out later
            CommandFrame.Warn(exception.Diagnostics, errors);
            return ExitCode.Findings;
        }
    }

    private static int Make(AospArguments parsed, uint version, TextWriter output, TextWriter errors)
    {
        MkbootimgCheck.Refuse(parsed, version);
        CommandFrame.Warn(MkbootimgCheck.Warnings(parsed, version), errors);
        if (parsed.Text("vendor_boot") is { } vendorBoot)
        {
            OutputFile.Write(vendorBoot, MakeVendorBoot(parsed, version).ToSequence());
        }

        if (parsed.Text("output") is not { } path)
        {
            return ExitCode.Done;
        }

        var image = MakeBoot(parsed, version);
        OutputFile.Write(path, image.ToSequence());
        if (parsed.Has("id") && !image.Id.IsEmpty)
        {
            output.WriteLine("0x" + Convert.ToHexStringLower(image.Id.Span));
        }

        return ExitCode.Done;
    }

    /// <summary>Sums of base and offsets; those of sections that an image has not are not looked at.</summary>
    /// <exception cref="DiagnosticException">KB5003: one does not fit into its field.</exception>
    private static BootAddresses Addresses(AospArguments parsed, bool hasRamdisk, bool hasSecond, bool hasDtb)
    {
        return new BootAddresses(
            (uint)Sum("kernel_offset", 0x0000_8000, uint.MaxValue),
            hasRamdisk ? (uint)Sum("ramdisk_offset", 0x0100_0000, uint.MaxValue) : 0,
            hasSecond ? (uint)Sum("second_offset", 0x00f0_0000, uint.MaxValue) : 0,
            (uint)Sum("tags_offset", 0x0000_0100, uint.MaxValue),
            hasDtb ? Sum("dtb_offset", 0x01f0_0000, ulong.MaxValue) : 0);

        ulong Sum(string name, int otherwise, ulong most)
        {
            var sum = parsed.Signed("base", BootAddresses.DefaultBase) + parsed.Signed(name, otherwise);
            return sum >= 0 && sum <= most
                ? (ulong)sum
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.BootImageHeaderInvalid, $"--base and --{name} are {sum} together, and the field takes 0 to {most}",
                    "give a base address below 4 GiB; the boot image of header versions 3 and 4 has no addresses"));
        }
    }

    private static BootImage MakeBoot(AospArguments parsed, uint version)
    {
        var contents = new BootImageContents
        {
            HeaderVersion = version,
            Kernel = Read(parsed, "kernel"),
            Ramdisk = Read(parsed, "ramdisk"),
            Second = version < 3 ? Read(parsed, "second") : default,
            RecoveryDtbo = version is 1 or 2 ? Read(parsed, parsed.Has("recovery_dtbo") ? "recovery_dtbo" : "recovery_acpio") : default,
            Dtb = version == 2 ? Read(parsed, "dtb") : default,
            DeviceTreeTable = Read(parsed, "dt"),
            CommandLine = parsed.Text("cmdline") ?? "",
            Name = version < 3 ? parsed.Text("board") ?? "" : "",
            OsVersion = OsVersion.ParseLikeMkbootimg(parsed.Text("os_version"), parsed.Text("os_patch_level")),
            PageSize = version < 3 ? parsed.Word("pagesize", PageSizes.Smallest) : null,
        };
        contents = version < 3
            ? contents with { Addresses = Addresses(parsed, !contents.Ramdisk.IsEmpty, !contents.Second.IsEmpty, hasDtb: version == 2) }
            : contents;
        return version == 4 && parsed.Has("gki_signing_key") && parsed.Has("gki_signing_algorithm")
            ? GkiCertification.InHeader(contents, GkiSigning.For(parsed))
            : BootImage.Create(contents);
    }

    private static VendorBootImage MakeVendorBoot(AospArguments parsed, uint version)
    {
        var fragments = FragmentOptions.Read(parsed);
        if (parsed.Has("vendor_ramdisk") || version == 3)
        {
            fragments.Insert(0, new VendorRamdiskContents(Read(parsed, "vendor_ramdisk")));
        }

        return VendorBootImage.Create(new VendorBootContents
        {
            HeaderVersion = version,
            Ramdisks = [.. fragments],
            Dtb = Read(parsed, "dtb"),
            BootConfig = version > 3 ? Read(parsed, "vendor_bootconfig") : default,
            CommandLine = parsed.Text("vendor_cmdline") ?? "",
            Name = parsed.Text("board") ?? "",
            PageSize = parsed.Word("pagesize", PageSizes.Smallest),
            Addresses = Addresses(parsed, hasRamdisk: true, hasSecond: false, hasDtb: true),
        });
    }

    private static ReadOnlyMemory<byte> Read(AospArguments parsed, string option) =>
        parsed.Text(option) is { Length: > 0 } path ? InputFile.Read(path) : default;
}
