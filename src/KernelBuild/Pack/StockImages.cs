using System.Buffers;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Pack;

/// <summary>
/// The images that the device runs, into which what was built goes: header, addresses, vendor's forms, AVB metadata and whatever the
/// project does not say stay as they are.
/// </summary>
public sealed class StockImages(DeviceBuild device)
{
    /// <summary>Puts what was built into the stock boot image.</summary>
    /// <param name="kernel">The kernel, compressed or not; it is stored as the stock image's is, unless it comes compressed.</param>
    /// <param name="ramdisk">A cpio archive; null to keep the stock ramdisk.</param>
    /// <param name="dtb">Device trees of a version 2 image; empty to keep the stock ones.</param>
    /// <returns>The image, and what reading it back must find.</returns>
    /// <exception cref="DiagnosticException">KB9012: a file is missing; else what <see cref="ImageEditor"/> raises.</exception>
    public EditedImage Boot(ReadOnlyMemory<byte> kernel, ReadOnlyMemory<byte>? ramdisk, ReadOnlyMemory<byte> dtb) => Apply(
        device.StockBootImage!,
        device.BootImageKey,
        stock => new ImageEdits
        {
            Kernel = kernel,
            Ramdisk = ramdisk,
            Dtb = stock.Boot?.HeaderVersion == 2 ? Given(dtb) : null,
            CommandLine = device.CommandLine.Length == 0 ? null : device.CommandLine,
            OsVersion = OsVersionOfProject(),
        });

    /// <param name="ramdisk">A cpio archive; null to keep the stock ramdisk.</param>
    public EditedImage InitBoot(ReadOnlyMemory<byte>? ramdisk) => Apply(
        device.InitBoot!.Stock!, device.InitBoot.Key, _ => new ImageEdits { Ramdisk = ramdisk, OsVersion = OsVersionOfProject() });

    /// <param name="ramdisks">What changes of the ramdisks.</param>
    /// <param name="dtb">Device trees; empty to keep the stock ones.</param>
    public EditedImage VendorBoot(ImageEdits ramdisks, ReadOnlyMemory<byte> dtb)
    {
        var request = device.VendorBoot!;
        return Apply(
            request.Stock!,
            request.Key,
            _ => ramdisks with
            {
                Dtb = Given(dtb),
                CommandLine = request.CommandLine.Length == 0 ? null : request.CommandLine,
                BootConfig = Given(NewImages.BootConfigOf(request)),
            });
    }

    public EditedImage Dtbo(CompiledKernel kernel) =>
        Apply(device.Dtbo!.Stock!, device.Dtbo.Key, _ => new ImageEdits { Overlays = [.. NewImages.EntriesOf(kernel)] });

    /// <summary>Makes what the device's vbmeta.img says of the images that were built true of them.</summary>
    /// <param name="images">Each with its partition, as it will be written.</param>
    /// <exception cref="DiagnosticException">KB5031: a chained partition is not signed. KB5025: it has become larger than its file.</exception>
    public EditedImage Vbmeta(IEnumerable<(ReadOnlySequence<byte> Bytes, string Partition)> images)
    {
        var (file, keyFile) = device.Vbmeta!;
        var stock = StockFile.Read(file);
        using var key = keyFile is null ? null : ReadKey(keyFile);
        try
        {
            (ImageFile, string?)[] described =
            [
                .. images.Where(image => Describes(stock.Vbmeta!, image.Partition))
                    .Select(image => (ImageFile.Read(image.Bytes.ToArray()), image.Partition)),
            ];
            var bytes = VbmetaUpdate.Apply(stock, described, key, isAsked: key is not null, out var findings);
            return new EditedImage(new ReadOnlySequence<byte>(bytes), new ImageExpectation(), [.. findings.Select(InTheProject)]);
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => InTheProject(d with { File = d.File ?? file }))]);
        }
    }

    internal static bool Describes(Vbmeta vbmeta, string partition) =>
        vbmeta.Descriptors.Any(descriptor => descriptor is HashDescriptor or ChainPartitionDescriptor && descriptor.Partition == partition);

    /// <summary>The property instead of the option of the command line.</summary>
    private static Diagnostic InTheProject(Diagnostic finding) => finding with
    {
        Fix = finding.Fix.Replace("--vbmeta-key key.pem", "<VbmetaImageKey>key.pem</VbmetaImageKey> in the project", StringComparison.Ordinal)
            .Replace(
                "--key key.pem", "name its key in the project (<BootImageKey>, <InitBootImageKey>, <VendorBootImageKey>, <DtboImageKey>)",
                StringComparison.Ordinal),
    };

    /// <summary>Null for nothing. (A conditional expression with null would give an empty memory: null is a byte array, too.)</summary>
    public static ReadOnlyMemory<byte>? Given(ReadOnlyMemory<byte> content) => content.IsEmpty ? default(ReadOnlyMemory<byte>?) : content;

    private OsVersion? OsVersionOfProject() =>
        device.OsVersion.Length + device.OsPatchLevel.Length == 0 ? null : OsVersion.Parse(device.OsVersion, device.OsPatchLevel);

    private static EditedImage Apply(string file, string? keyFile, Func<ImageFile, ImageEdits> edits)
    {
        var stock = StockFile.Read(file);
        using var key = keyFile is null ? null : ReadKey(keyFile);
        try
        {
            return ImageEditor.Apply(stock, edits(stock) with { Key = key });
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
            return AvbPrivateKey.FromPem(System.Text.Encoding.Latin1.GetString(StockFile.ReadBytes(file)));
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? file })]);
        }
    }
}
