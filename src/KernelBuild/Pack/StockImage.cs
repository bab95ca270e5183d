using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Pack;

/// <summary>
/// The image that the device runs, into which the new kernel goes: header, addresses, vendor's forms, AVB metadata and whatever the project
/// does not say stay as they are.
/// </summary>
public sealed class StockImage(DeviceBuild device)
{
    /// <summary>Puts what was built into the stock image.</summary>
    /// <param name="kernel">The kernel, compressed or not; it is stored as the stock image's is, unless it comes compressed.</param>
    /// <param name="ramdisk">A cpio archive; null to keep the stock ramdisk.</param>
    /// <param name="dtb">Device trees of a version 2 image; empty to keep the stock ones.</param>
    /// <returns>The image, and what reading it back must find.</returns>
    /// <exception cref="DiagnosticException">KB9012: a file is missing; else what <see cref="ImageEditor"/> raises.</exception>
    public EditedImage Pack(ReadOnlyMemory<byte> kernel, ReadOnlyMemory<byte>? ramdisk, ReadOnlyMemory<byte> dtb)
    {
        var file = device.StockBootImage!;
        if (!ImageFile.TryRead(Read(file), out var stock, out var findings))
        {
            throw new DiagnosticException([.. findings.Select(finding => finding with { File = file })]);
        }

        using var key = device.BootImageKey is { } keyFile ? ReadKey(keyFile) : null;
        try
        {
            return ImageEditor.Apply(stock, new ImageEdits
            {
                Kernel = kernel,
                Ramdisk = ramdisk,
                Dtb = dtb.IsEmpty ? (ReadOnlyMemory<byte>?)null : dtb,
                CommandLine = device.CommandLine.Length == 0 ? null : device.CommandLine,
                OsVersion = device.OsVersion.Length + device.OsPatchLevel.Length == 0
                    ? null
                    : OsVersion.Parse(device.OsVersion, device.OsPatchLevel),
                Key = key,
            });
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? file })]);
        }
    }

    private static AvbPrivateKey ReadKey(string file)
    {
        try
        {
            return AvbPrivateKey.FromPem(System.Text.Encoding.Latin1.GetString(Read(file)));
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? file })]);
        }
    }

    private static byte[] Read(string file) => File.Exists(file)
        ? File.ReadAllBytes(file)
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.FileUnreadable, "the file does not exist",
            "correct StockBootImage or BootImageKey in the device project") with { File = file });
}
