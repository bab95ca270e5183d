using System.Text;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary>The files of an unpacked image that were changed since.</summary>
/// <param name="folder">Where they are.</param>
/// <param name="image">What they were unpacked from.</param>
internal sealed class PackedFiles(string folder, ImageFile image)
{
    /// <summary>What changes in the image; the very edits that are given when nothing does.</summary>
    /// <exception cref="DiagnosticException">KB9012 or KB5034.</exception>
    public ImageEdits Add(ImageEdits edits, IReadOnlyList<UnpackedFile> files)
    {
        var changed = files
            .Select(file => (File: file, Content: InputFile.Read(Path.Combine(folder, file.File))))
            .Where(pair => UnpackFolder.Hash(pair.Content) != pair.File.Sha256)
            .GroupBy(pair => (pair.File.Section, pair.File.Fragment, pair.File.Index));
        foreach (var part in changed)
        {
            edits = Add(edits, part.First().File, Content([.. part]));
        }

        return edits;
    }

    /// <summary>What was given for a part, or its ramdisk with other contents of some of its streams.</summary>
    private ReadOnlyMemory<byte> Content((UnpackedFile File, ReadOnlyMemory<byte> Content)[] parts)
    {
        if (parts[0].File.Stream is null)
        {
            return parts[0].Content;
        }

        var ramdisk = RamdiskSegments.Read(RamdiskOf(parts[0].File));
        foreach (var (file, content) in parts)
        {
            if (file.Stream is not { } stream || stream < 0 || stream >= ramdisk.Segments.Length)
            {
                throw Invalid($"the list names a stream of the {file.Section} that the image does not have");
            }

            ramdisk = RamdiskSegments.Read(ramdisk.With(stream, content));
        }

        return ramdisk.Bytes;
    }

    private ReadOnlyMemory<byte> RamdiskOf(UnpackedFile file) => image switch
    {
        { Boot: { } boot } => SectionParts.OfRamdisk(boot.Ramdisk).Stream,
        { VendorBoot: { } vendorBoot } when file.Index is { } index && index >= 0 && index < vendorBoot.Ramdisks.Length =>
            vendorBoot.Ramdisks[index].Content,
        { VendorBoot: { } vendorBoot } => vendorBoot.Ramdisk,
        _ => throw Invalid("the image has no ramdisk"),
    };

    private ImageEdits Add(ImageEdits edits, UnpackedFile file, ReadOnlyMemory<byte> content) => file.Section switch
    {
        "cmdline" => edits with { CommandLine = Encoding.UTF8.GetString(content.Span).TrimEnd('\n') },
        "kernel" => edits with { Kernel = content },
        "ramdisk" => edits with { Ramdisk = content },
        "second" => edits with { Second = content },
        "recovery_dtbo" => edits with { RecoveryDtbo = content },
        "dtb" => edits with { Dtb = content },
        "dt" => edits with { DeviceTreeTable = content },
        "bootconfig" => edits with { BootConfig = content },
        "fragment" when file.Index is { } index => edits with { FragmentsByIndex = edits.FragmentsByIndex.SetItem(index, content) },
        "fragment" => edits with { Fragments = edits.Fragments.SetItem(file.Fragment ?? "", content) },
        _ => throw Invalid($"the list names a section '{file.Section}' that no image has"),
    };

    private DiagnosticException Invalid(string message) => new(Diagnostic.Error(
        DiagnosticCodes.UnpackedFolderInvalid, message, "unpack the image again") with
    { File = Path.Combine(folder, UnpackedImage.FileName) });
}
