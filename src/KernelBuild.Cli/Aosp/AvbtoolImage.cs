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
        return ImageFile.TryRead(bytes, out var file, out var findings)
            ? new InputImage(path, file, findings)
            : new InputImage(path, new ImageFile { Bytes = bytes, Kind = ImageKind.Unknown, ContentLength = bytes.Length }, []);
    }
}
