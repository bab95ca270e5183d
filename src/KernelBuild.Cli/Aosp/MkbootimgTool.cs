using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild mkbootimg</c>: AOSP's mkbootimg.</summary>
internal static class MkbootimgTool
{
    private static readonly string[] Valued =
    [
        "kernel", "ramdisk", "second", "dtb", "recovery_dtbo", "recovery_acpio", "cmdline", "vendor_cmdline", "base", "kernel_offset",
        "ramdisk_offset",
        "second_offset", "dtb_offset", "os_version", "os_patch_level", "tags_offset", "board", "pagesize", "header_version", "output",
        "vendor_boot",
        "vendor_ramdisk", "vendor_bootconfig", "gki_signing_algorithm", "gki_signing_key", .. FragmentOptions.Names,
    ];

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["-o"] = "output",
        ["--out"] = "output",
        ["--boot"] = "output",
    };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var parsed = AospArguments.Parse(arguments, Valued, ["id"], Aliases);
        var version = parsed.Word("header_version", 0);
        if (!parsed.Has("output") && !parsed.Has("vendor_boot"))
        {
            throw CommandFrame.Usage("neither --output nor --vendor_boot is given", "say where to write: -o boot.img");
        }

        var addresses = BootAddresses.FromBase(
            parsed.Number("base", BootAddresses.DefaultBase),
            parsed.Word("kernel_offset", 0x0000_8000),
            parsed.Word("ramdisk_offset", 0x0100_0000),
            parsed.Word("second_offset", 0x00f0_0000),
            parsed.Word("tags_offset", 0x0000_0100),
            parsed.Number("dtb_offset", 0x01f0_0000));
        if (parsed.Text("vendor_boot") is { } vendorBoot)
        {
            OutputFile.Write(vendorBoot, MakeVendorBoot(parsed, version, addresses).ToSequence());
        }

        if (parsed.Text("output") is not { } path)
        {
            return ExitCode.Done;
        }

        var image = MakeBoot(parsed, version, addresses);
        OutputFile.Write(path, image.ToSequence());
        if (parsed.Has("id") && !image.Id.IsEmpty)
        {
            output.WriteLine("0x" + Convert.ToHexStringLower(image.Id.Span));
        }

        return ExitCode.Done;
    }

    private static BootImage MakeBoot(AospArguments parsed, uint version, BootAddresses addresses)
    {
        var contents = new BootImageContents
        {
            HeaderVersion = version,
            Kernel = Read(parsed, "kernel"),
            Ramdisk = Read(parsed, "ramdisk"),
            Second = version < 3 ? Read(parsed, "second") : default,
            RecoveryDtbo = version is 1 or 2 ? Read(parsed, parsed.Has("recovery_dtbo") ? "recovery_dtbo" : "recovery_acpio") : default,
            Dtb = version == 2 ? Read(parsed, "dtb") : default,
            CommandLine = parsed.Text("cmdline") ?? "",
            Name = version < 3 ? parsed.Text("board") ?? "" : "",
            OsVersion = OsVersion.Parse(parsed.Text("os_version"), parsed.Text("os_patch_level")),
            PageSize = version < 3 ? parsed.Word("pagesize", PageSizes.Smallest) : null,
            Addresses = addresses,
        };
        if (version != 4 || parsed.Text("gki_signing_key") is not { } keyFile)
        {
            return BootImage.Create(contents);
        }

        using var key = InputImage.ReadKey(keyFile)!;
        return GkiCertification.InHeader(contents, key, EditOptions.Algorithm(parsed.Text("gki_signing_algorithm")));
    }

    private static VendorBootImage MakeVendorBoot(AospArguments parsed, uint version, BootAddresses addresses)
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
            BootConfig = Read(parsed, "vendor_bootconfig"),
            CommandLine = parsed.Text("vendor_cmdline") ?? "",
            Name = parsed.Text("board") ?? "",
            PageSize = parsed.Word("pagesize", PageSizes.Smallest),
            Addresses = addresses,
        });
    }

    private static ReadOnlyMemory<byte> Read(AospArguments parsed, string option) =>
        parsed.Text(option) is { Length: > 0 } path ? InputFile.Read(path) : default;
}
