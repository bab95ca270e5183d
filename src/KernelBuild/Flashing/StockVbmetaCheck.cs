using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>
/// Whether the vbmeta.img that a device keeps vouches for the images that are put beside it. No build makes a vbmeta.img: what is flashed is
/// judged by the maker's.
/// </summary>
public static class StockVbmetaCheck
{
    /// <summary>KB5046 for each image that it names and that is another one; nothing where verification is switched off in it.</summary>
    /// <param name="vbmeta">What was read off the device; a file that is none says nothing.</param>
    /// <param name="isLocked">An unlocked device boots them all the same, if its bootloader keeps to libavb: then it is a warning.</param>
    public static IEnumerable<Diagnostic> Check(IReadOnlyList<FlashTarget> targets, string vbmeta, bool isLocked)
    {
        if (Read("vbmeta", vbmeta) is not { File.Vbmeta: { } structure } root
            || structure.Header.Flags.HasFlag(VbmetaFlags.VerificationDisabled))
        {
            yield break;
        }

        var images = targets.Where(target => target.Image.Partition != "vbmeta")
            .Select(target => Read(target.Image.Partition, target.Image.File.Path)).OfType<LockImage>().ToArray();
        var check = LockCheck.Of([root, .. images], structure.PublicKey, ImmutableDictionary<uint, ulong>.Empty);
        foreach (var row in check.Rows.Where(row => row.State == AnswerState.Bad && row.By.EndsWith(" in vbmeta", StringComparison.Ordinal)))
        {
            if (images.FirstOrDefault(image => image.Partition == row.Partition) is { } image)
            {
                yield return Diagnostic.Error(
                    DiagnosticCodes.StockVbmetaRefuses,
                    $"the vbmeta.img of the device does not vouch for the new {row.Partition}.img: {row.Why}",
                    "where the bootloader refuses it: kernelbuild avb flags vbmeta.img --disable-verification -o vbmeta-off.img, and "
                    + "fastboot flash vbmeta vbmeta-off.img; the file that PullStock read takes that back") with
                {
                    File = image.Path,
                    Severity = isLocked ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
                    Consequence = "a locked device refuses it; an unlocked one boots it with a warning on its screen, unless its maker's "
                        + "bootloader is stricter than libavb",
                };
            }
        }
    }

    private static LockImage? Read(string partition, string path) =>
        InputFile.TryRead(path, out var bytes, out _) && ImageFile.TryRead(bytes, out var file, out var findings)
            ? new LockImage(path, partition, file!, [.. findings])
            : null;
}
