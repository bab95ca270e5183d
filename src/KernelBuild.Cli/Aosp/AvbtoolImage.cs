using KernelBuild.BootImages.Files;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>Images as avbtool sees them: any bytes will do.</summary>
internal static class AvbtoolImage
{
    /// <summary>An image of a known kind, or any file as one of an unknown kind.</summary>
    /// <exception cref="DiagnosticException">KB9012.</exception>
    public static InputImage Read(string path)
    {
        var bytes = InputFile.Read(path);
        if (bytes.Span.StartsWith((ReadOnlySpan<byte>)[0x3a, 0xff, 0x26, 0xed]))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.VendorFormNotRewritten, "the file is an Android sparse image, whose content is not in its place",
                "convert it: simg2img FILE RAW, and img2simg back") with { File = path });
        }

        return ImageFile.TryRead(bytes, out var file, out var findings)
            ? new InputImage(path, file, findings)
            : new InputImage(path, new ImageFile { Bytes = bytes, Kind = ImageKind.Unknown, ContentLength = bytes.Length }, []);
    }
}
