using System.Security.Cryptography;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Boot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild certify_bootimg</c>: AOSP's certify_bootimg.</summary>
internal static class CertifyBootimgTool
{
    private static readonly string[] Valued = ["boot_img", "algorithm", "key", "output", "extra_footer_args"];
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal) { ["-o"] = "output" };

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var parsed = AospArguments.Parse(arguments, Valued, [], Aliases);
        var old = InputImage.Read(parsed.Required("boot_img"));
        var boot = old.File.Boot is { HeaderVersion: 4 } version4
            ? version4
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, "only version 4 boot images carry the certificate of a generic kernel",
                "give a GKI boot image") with { File = old.Path });
        using var key = InputImage.ReadKey(parsed.Required("key"))!;

        // An old certificate goes, as does the AVB footer.
        var content = old.File.Content;
        var isAppended = old.File.Certificate is { Bytes.Length: GkiCertificate.Length } certificate
            && certificate.Offset + GkiCertificate.Length == content.Length;
        var image = isAppended ? content[..^GkiCertificate.Length] : content;
        byte[] certified =
        [
            .. image.Span, .. GkiCertification.Append(image, boot.Kernel, key, EditOptions.Algorithm(parsed.Text("algorithm"))),
        ];
        var footer = AospArguments.Parse(
            (parsed.Text("extra_footer_args") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), ["salt", "prop"], []);
        var bytes = HashFooter.Add(certified, new HashFooterOptions
        {
            PartitionName = "boot",
            PartitionSize = old.File.Footer is null ? null : old.File.Bytes.Length,
            Salt = AvbOptions.Salt(footer.Text("salt")) ?? RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes),
            Vbmeta = new VbmetaContents
            {
                ReleaseString = AvbtoolTool.ReleaseString,
                Descriptors = [.. footer.All("prop").Select(AvbOptions.Property)],
            },
        });
        OutputFile.Write(parsed.Required("output"), bytes);
        return ExitCode.Done;
    }
}
