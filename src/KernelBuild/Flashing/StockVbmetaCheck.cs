using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>
/// Whether the vbmeta.img that a device keeps vouches for the images that are put beside it. A build makes one only where the project names the
/// maker's (StockVbmetaImage); else what is flashed is judged by that of the device.
/// </summary>
public static class StockVbmetaCheck
{
    /// <summary>KB5046 for each image that it names and that is another one; nothing where verification is switched off in it.</summary>
    /// <param name="vbmeta">What was read off the device, or what the build made for it; of a file that is none it is said that nothing is known.</param>
    /// <param name="isLocked">An unlocked device boots them all the same, if its bootloader keeps to libavb: then it is a warning.</param>
    /// <param name="device">The project, for the command that gets what is missing.</param>
    public static IEnumerable<Diagnostic> Check(IReadOnlyList<FlashTarget> targets, string vbmeta, bool isLocked, string device)
    {
        if (Read("vbmeta", vbmeta) is not { File.Vbmeta: { } structure } root)
        {
            yield return Unknown("what was read off the device is no vbmeta image", device) with { File = vbmeta };
            yield break;
        }

        if (structure.Header.Flags.HasFlag(VbmetaFlags.VerificationDisabled))
        {
            yield break;
        }

        var images = targets.Where(target => target.Image.Partition != "vbmeta")
            .Select(target => Read(target.Image.Partition, target.Image.File.Path)).OfType<LockImage>().ToArray();
        foreach (var row in LockCheck.Denied(root, images))
        {
            if (images.FirstOrDefault(image => image.Partition == row.Partition) is { } image)
            {
                yield return Diagnostic.Error(
                    DiagnosticCodes.StockVbmetaRefuses,
                    $"the vbmeta.img of the device does not vouch for the new {row.Partition}.img: {row.Why}",
                    "where the bootloader refuses it: name the file that PullStock read in the project (StockVbmetaImage), so that the build makes "
                    + "one that does; or kernelbuild avb flags vbmeta.img --disable-verification -o vbmeta-off.img, and fastboot flash vbmeta "
                    + "vbmeta-off.img") with
                {
                    File = image.Path,
                    Severity = isLocked ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
                    Consequence = "a locked device refuses it; an unlocked one boots it with a warning on its screen, unless its maker's "
                        + "bootloader is stricter than libavb",
                };
            }
        }
    }

    /// <summary>KB9034: nothing tells whether the device's own vbmeta.img vouches for the images.</summary>
    /// <param name="why">What stands in the way.</param>
    /// <param name="device">The project.</param>
    public static Diagnostic Unknown(string why, string device) =>
        Diagnostic.Note(DiagnosticCodes.DeviceSilent, $"whether the vbmeta.img of the device vouches for the new images is not known: {why}") with
        {
            Fix = $"./nuke.sh PullStock --device {device}, with the device running and rooted, or a bootloader that gives partitions out",
        };

    private static LockImage? Read(string partition, string path) =>
        InputFile.TryRead(path, out var bytes, out _) && ImageFile.TryRead(bytes, out var file, out var findings)
            ? new LockImage(path, partition, file!, [.. findings])
            : null;
}
