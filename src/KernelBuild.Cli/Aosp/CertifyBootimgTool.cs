using System.Globalization;
using KernelBuild.BootImages.Boot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild certify_bootimg</c>: AOSP's certify_bootimg.</summary>
internal static class CertifyBootimgTool
{
    private const string ArgumentsKey = "certify_bootimg_extra_args";
    private const string FooterKey = "certify_bootimg_extra_footer_args";

    public static AospSyntax Syntax { get; } = new(
        "certify_bootimg", "Certifies a generic boot image, or those of an archive.",
        [
            new("boot_img", "BOOT_IMG", "The boot image to certify"),
            new("boot_img_archive", "BOOT_IMG_ARCHIVE", "An archive whose boot*.img are certified, by its own gki-info.txt"),
            new("algorithm", "ALGORITHM", "How to sign: SHA256_RSA2048, … SHA512_RSA8192") { IsRequired = true },
            new("key", "KEY", "The RSA private key") { IsRequired = true },
            new("gki_info", "GKI_INFO", "A gki-info.txt with more options of avbtool"),
            new("output", "OUTPUT", "The file to write") { IsRequired = true, Aliases = ["-o"] },
            new("extra_args", "EXTRA_ARGS", "More options of avbtool for the certificate; may be repeated"),
            new("extra_footer_args", "EXTRA_FOOTER_ARGS", "More options of avbtool for the AVB footer; may be repeated"),
        ]);

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (Syntax.Parse(arguments, output) is not { } parsed)
        {
            return ExitCode.Done;
        }

        if (parsed.Has("boot_img") == parsed.Has("boot_img_archive"))
        {
            throw CommandFrame.Usage("one of --boot_img and --boot_img_archive is required", "name the image, or the archive");
        }

        if (parsed.Has("gki_info") && parsed.Has("boot_img_archive"))
        {
            throw CommandFrame.Usage("--gki_info goes with --boot_img: an archive has its own gki-info.txt", "leave it out");
        }

        var extra = new CertifyOptions(
            parsed.Required("algorithm"), parsed.Required("key"), [.. parsed.All("extra_args").SelectMany(AospArguments.Split)],
            [.. parsed.All("extra_footer_args").SelectMany(AospArguments.Split)]);
        if (parsed.Text("boot_img_archive") is { } archive)
        {
            BootImageArchive.Rewrite(archive, parsed.Required("output"), folder => CertifyAll(folder, extra, output), output);
            return ExitCode.Done;
        }

        extra = parsed.Text("gki_info") is { } info ? With(extra, info) : extra;
        var image = InputImage.Read(parsed.Required("boot_img"));
        OutputFile.Write(parsed.Required("output"), Certify(image, extra));
        return ExitCode.Done;
    }

    private static void CertifyAll(string folder, CertifyOptions extra, TextWriter output)
    {
        var info = Path.Combine(folder, "gki-info.txt");
        extra = File.Exists(info) ? With(extra, info) : extra;
        foreach (var path in Directory.GetFiles(folder, "boot*.img").Order(StringComparer.Ordinal))
        {
            output.Write($"Certifying {Printable.Text(Path.GetFileName(path))} ...\n");
            OutputFile.Write(path, Certify(InputImage.Read(path), extra));
        }
    }

    /// <summary>With what a gki-info.txt adds: NAME=VALUE lines, of which two have options as a shell divides them.</summary>
    private static CertifyOptions With(CertifyOptions extra, string path)
    {
        var lines = System.Text.Encoding.UTF8.GetString(InputFile.Read(path).Span).Split('\n').Select(line => line.Trim())
            .Where(line => !line.StartsWith('#')).ToArray();
        return extra with { Arguments = [.. extra.Arguments, .. Of(ArgumentsKey)], Footer = [.. extra.Footer, .. Of(FooterKey)] };

        IEnumerable<string> Of(string key) =>
            AospArguments.Split(lines.LastOrDefault(line => line.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..] ?? "");
    }

    private static byte[] Certify(InputImage old, CertifyOptions extra)
    {
        var boot = old.File.Boot is { HeaderVersion: 4 } version4
            ? version4
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, "only version 4 boot images carry the certificate of a generic kernel",
                "give a GKI boot image") with { File = old.Path });

        // An old certificate goes, as does the AVB footer.
        var content = old.File.Content;
        var isAppended = old.File.Certificate is { Bytes.Length: GkiCertificate.Length } certificate
            && certificate.Offset + GkiCertificate.Length == content.Length;
        var image = isAppended ? content[..^GkiCertificate.Length] : content;
        byte[] certified = [.. image.Span, .. GkiCertification.Append(image, boot.Kernel, Certificates(extra))];
        string[] size = old.File.Footer is null
            ? ["--dynamic_partition_size"]
            : ["--partition_size", old.File.Bytes.Length.ToString(CultureInfo.InvariantCulture)];
        return AvbtoolHashFooter.Add(["--partition_name", "boot", .. size, .. extra.Footer], certified);
    }

    /// <summary>What makes the structures, which have a certificate's room together.</summary>
    private static Func<string, ReadOnlyMemory<byte>, byte[]> Certificates(CertifyOptions extra)
    {
        var length = 0;
        return (name, image) =>
        {
            var structure = AvbtoolHashFooter.MakeVbmeta(GkiSigning.Arguments(name, extra.Algorithm, extra.Key, extra.Arguments), image);
            length += structure.Length;
            return length <= GkiCertificate.Length
                ? structure
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.VbmetaInvalid,
                    $"ValueError: boot_signature size must be <= {GkiCertificate.Length}: the certificate has {length} bytes",
                    "use a smaller key, or fewer properties"));
        };
    }
}
