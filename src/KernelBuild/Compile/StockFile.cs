using KernelBuild.BootImages.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compile;

/// <summary>An image that the device runs, read from its file.</summary>
public static class StockFile
{
    /// <exception cref="DiagnosticException">KB9012 when it is not there, else what is wrong with the image; each names the file.</exception>
    public static ImageFile Read(string path) => ImageFile.TryRead(ReadBytes(path), out var file, out var findings)
        ? file
        : throw new DiagnosticException([.. findings.Select(finding => finding with { File = path })]);

    /// <exception cref="DiagnosticException">KB9012 when the file is not there.</exception>
    public static byte[] ReadBytes(string path) => File.Exists(path)
        ? File.ReadAllBytes(path)
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.FileUnreadable, "the file does not exist", "correct the stock image or its key in the device project") with
        { File = path });
}
