using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// <c>kernelbuild unpack_bootimg</c>: AOSP's unpack_bootimg. A truncated image is an error here, not files that are too short.
/// </summary>
internal static class UnpackBootimgTool
{
    private const string LinkFolder = "vendor-ramdisk-by-name";

    public static AospSyntax Syntax { get; } = new(
        "unpack_bootimg", "Unpacks a boot, recovery or vendor_boot image.",
        [
            new("boot_img", "BOOT_IMG", "The boot, recovery or vendor_boot image") { IsRequired = true },
            new("out", "OUT", "The folder to write the parts into; \"out\" otherwise"),
            new("format", "FORMAT", "What is printed: what is in the image, or the options of mkbootimg that make it") { Choices = ["info", "mkbootimg"] },
            new("null", null, "Ends each option of mkbootimg with a NUL, as xargs -0 reads them") { Aliases = ["-0"] },
        ])
    {
        Epilogue = """
            The same image again:

              unpack_bootimg --boot_img vendor_boot.img --out out --format=mkbootimg | tee arguments
              sh -c "mkbootimg $(cat arguments) --vendor_boot repacked.img"

            """,
    };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (Syntax.Parse(arguments, output) is not { } parsed)
        {
            return ExitCode.Done;
        }

        var isForMkbootimg = parsed.Text("format") == "mkbootimg";
        if (parsed.Has("null") && !isForMkbootimg)
        {
            CommandFrame.Warn(
                [Diagnostic.Warning(DiagnosticCodes.UsageInvalid, "-0 has no effect on what is printed", "give --format mkbootimg, too")], errors);
        }

        var image = InputImage.Read(parsed.Required("boot_img"));
        var folder = parsed.Text("out") ?? "out";
        OutputFile.MakeFolder(folder);
        var report = image.File.Boot is { } boot
            ? UnpackBoot(boot, folder)
            : image.File.VendorBoot is { } vendorBoot
                ? UnpackVendorBoot(vendorBoot, folder)
                : throw CommandFrame.Usage("the file is no boot or vendor_boot image", "give boot.img or vendor_boot.img");
        if (!isForMkbootimg)
        {
            output.Write(string.Concat(report.Lines.Select(line => Printable.Text(line) + "\n")));
            return ExitCode.Done;
        }

        output.Write(
            parsed.Has("null")
                ? string.Concat(report.Arguments.Select(a => a + '\0'))
                : string.Join(' ', report.Arguments.Select(Quoted)) + "\n");
        return ExitCode.Done;
    }

    private static UnpackReport UnpackBoot(BootImage image, string folder)
    {
        foreach (var section in image.Sections.Where(s =>
            !s.Content.IsEmpty || s.Kind is BootImageSectionKind.Kernel or BootImageSectionKind.Ramdisk))
        {
            OutputFile.Write(
                Path.Combine(folder, section.Kind == BootImageSectionKind.Signature ? "boot_signature" : BootImageSection.NameOf(section.Kind)),
                section.Content);
        }

        return UnpackReport.Of(image, folder);
    }

    private static UnpackReport UnpackVendorBoot(VendorBootImage image, string folder)
    {
        if (!image.Dtb.IsEmpty)
        {
            OutputFile.Write(Path.Combine(folder, "dtb"), image.Dtb);
        }

        if (image.HeaderVersion == 3)
        {
            OutputFile.Write(Path.Combine(folder, "vendor_ramdisk"), image.Ramdisk);
            return UnpackReport.Of(image, folder);
        }

        OutputFile.Write(Path.Combine(folder, "bootconfig"), image.BootConfig);
        var links = Path.Combine(folder, LinkFolder);
        OutputFile.MakeFolder(links);
        foreach (var (ramdisk, i) in image.Ramdisks.Select((ramdisk, i) => (ramdisk, i)))
        {
            var name = UnpackReport.FragmentFile(i);
            OutputFile.Write(Path.Combine(folder, name), ramdisk.Content);
            Link(Path.Combine(links, "ramdisk_" + (ramdisk.Name.Length == 0 ? "" : SafeName.Of(ramdisk.Name))), Path.Combine("..", name));
        }

        return UnpackReport.Of(image, folder);
    }

    /// <summary>A link in the place of an older one.</summary>
    /// <exception cref="DiagnosticException">KB9012.</exception>
    private static void Link(string path, string target)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is not null)
            {
                File.Delete(path);
            }

            File.CreateSymbolicLink(path, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, $"the link cannot be made ({exception.GetType().Name})", "choose another folder") with
            { File = path });
        }
    }

    /// <summary>As Python's shlex.quote.</summary>
    private static string Quoted(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "@%+=:,./-_".Contains(c, StringComparison.Ordinal))
            ? text
            : "'" + text.Replace("'", "'\"'\"'", StringComparison.Ordinal) + "'";
}
