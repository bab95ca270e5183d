using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb1;
using KernelBuild.BootImages.Files;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Images;

/// <summary>What signs an image: a key for AVB 2, or one with its certificate for AVB 1.</summary>
/// <param name="Avb">Null when nothing is signed as AVB 2 has it.</param>
/// <param name="Avb1">Null when nothing is signed as AVB 1 has it.</param>
internal sealed record SigningKeys(AvbPrivateKey? Avb, Avb1Key? Avb1) : IDisposable
{
    public static Option<string?> CertificateOption() => Arguments.Text(
        "--cert", "For AVB 1 (Android 5 to 7): the X.509 certificate of --key, PEM or DER; that of the old signature otherwise");

    /// <summary>Reads the keys that an image asks for.</summary>
    /// <param name="source">How keys are opened, and who signs.</param>
    /// <param name="key">The file given as --key; null when none is.</param>
    /// <param name="certificate">The file given as --cert; null when none is.</param>
    /// <param name="file">The image: one that AVB 1 signs is signed so again.</param>
    /// <param name="needsAvb">Whether something else is signed as AVB 2 has it, such as a vbmeta image.</param>
    /// <exception cref="DiagnosticException">KB9010, KB9012 or KB5030.</exception>
    public static SigningKeys Read(KeySource source, string? key, string? certificate, ImageFile file, bool needsAvb = false)
    {
        if (key is null)
        {
            return certificate is null
                ? new SigningKeys(null, null)
                : throw CommandFrame.Usage("--cert is given, and no key that it belongs to", "give the key: --key key.pem");
        }

        var isAvb1 = certificate is not null || (file.Footer is null && file.Avb1 is not null);
        var avb1 = isAvb1 ? ReadAvb1(source, key, certificate, file) : null;
        var wantsAvb = !isAvb1 || file.Footer is not null || needsAvb;
        return new SigningKeys(wantsAvb ? source.Read(key) : null, avb1);
    }

    public void Dispose()
    {
        Avb?.Dispose();
        Avb1?.Dispose();
    }

    private static Avb1Key ReadAvb1(KeySource source, string key, string? certificate, ImageFile file)
    {
        if (source.Helper is not null)
        {
            throw CommandFrame.Usage("a signing helper signs as AVB 2 has it, and the image is signed as AVB 1 has it", "give the key itself");
        }

        var chain = certificate is null ? file.Avb1!.Signature?.Certificate ?? default : Certificate(certificate);
        try
        {
            return Avb1Key.Read(source.Open(key).Span, chain);
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(one => one with { File = key })]);
        }
    }

    private static byte[] Certificate(string path)
    {
        try
        {
            return Avb1Certificate.ReadFile(InputFile.Read(path).Span);
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(one => one with { File = one.File ?? path })]);
        }
    }
}
