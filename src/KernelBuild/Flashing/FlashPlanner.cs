using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>Decides from what a bootloader says of itself what is written where, or why nothing is. Pure.</summary>
/// <param name="device">The project.</param>
/// <param name="variables">Of the bootloader.</param>
/// <param name="options">What the user said.</param>
/// <param name="journal">The session that is gone on with, or the last finished one; null when there is none.</param>
/// <param name="pulled">The file of what PullStock read of a partition with slot; null when it did not.</param>
public sealed class FlashPlanner(
    DeviceBuild device, FastbootVariables variables, FlashOptions options, FlashJournal? journal, Func<string, string?> pulled)
{
    private readonly List<Diagnostic> _findings = [];

    /// <summary>The variables that a plan needs, for bootloaders that do not list them.</summary>
    public static IEnumerable<string> NeededVariables(IEnumerable<string> partitions) =>
    [
        "product", "serialno", "unlocked", "current-slot", "slot-count", "is-userspace", "max-fetch-size", "max-download-size",
        .. partitions.Select(partition => "has-slot:" + partition),
        .. partitions.SelectMany(partition => ((string[])["", "_a", "_b"]).Select(slot => "partition-size:" + partition + slot)),
    ];

    public FlashPlan Plan(ImmutableArray<FlashImage> images)
    {
        CheckDevice();
        var slot = variables.HasSlots ? Slot() : SlotWithoutSlots();
        ImmutableArray<FlashTarget> targets = [.. images.Select(image => Target(image, slot)).OfType<FlashTarget>()];
        if (!targets.IsEmpty && targets.All(target => target.Size is null))
        {
            _findings.Add(Diagnostic.Warning(
                DiagnosticCodes.DeviceSilent, "the bootloader tells no partition's size, so it is not known whether the images fit",
                $"compare by hand: fastboot getvar partition-size:{targets[0].Partition}"));
        }

        var isActive = targets.Any(target => target.Partition != target.Image.Partition);
        return new FlashPlan(targets, isActive ? slot : null, variables.CurrentSlot, Trial(targets), [.. _findings]);
    }

    /// <summary>KB9026, KB9023, KB9022 and KB9034.</summary>
    public static IEnumerable<Diagnostic> CheckState(FastbootVariables variables)
    {
        if (variables.IsUserspace)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.DeviceModeWrong, "the device is in fastbootd, which is a part of its system, and not in its bootloader",
                "fastboot reboot bootloader");
        }

        if (variables.IsUnlocked == false)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.DeviceLocked, "the bootloader is locked, and a locked device takes no image that its maker has not signed",
                "fastboot flashing unlock, or what its maker asks for; it erases the device's data");
        }
        else if (variables.IsUnlocked is null)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.DeviceSilent, "the bootloader does not say whether it is unlocked",
                "look at its screen, or run fastboot oem device-info; a locked one refuses to flash");
        }
    }

    private void CheckDevice()
    {
        _findings.AddRange(CheckState(variables));
        if (variables.Product is not { } product)
        {
            _findings.Add(ProductDiffers("the bootloader does not say what product it is", "fastboot getvar product"));
        }
        else if (device.FlashProducts.IsEmpty)
        {
            _findings.Add(ProductDiffers(
                $"the project does not say which product it is for, and the device is '{product}'",
                $"if the images are for it, add <FlashProduct>{product}</FlashProduct> to the project"));
        }
        else if (!device.FlashProducts.Contains(product, StringComparer.Ordinal))
        {
            _findings.Add(ProductDiffers(
                $"the device is '{product}', and the project is for {string.Join(", ", device.FlashProducts)}",
                "connect the right device, name it with --serial, or add the product to FlashProduct if the images are for it"));
        }
    }

    private Diagnostic ProductDiffers(string message, string fix) =>
        Diagnostic.Error(DiagnosticCodes.FlashProductDiffers, message, fix) with { File = device.ProjectFile };

    private string? SlotWithoutSlots()
    {
        if (options.Slot is { } slot)
        {
            _findings.Add(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"--slot {slot} has no effect: the device has no slots", "leave --slot out"));
        }

        return null;
    }

    /// <summary>
    /// The one that the user names; else, as long as a flash is not taken back, the slot that it wrote, so that the other one stays what
    /// the
    /// device came with; else the one that does not run.
    /// </summary>
    private string? Slot()
    {
        if (options.Slot is not (null or "a" or "b"))
        {
            _findings.Add(Diagnostic.Error(DiagnosticCodes.UsageInvalid, $"--slot is '{options.Slot}', and slots are a and b", "--slot b"));
            return null;
        }

        if (variables.CurrentSlot is null)
        {
            _findings.Add(Diagnostic.Error(
                DiagnosticCodes.DeviceSilent, "the device has slots, and does not say which one runs: what to set active again later "
                    + "is unknown",
                "fastboot getvar current-slot; some bootloaders tell it once a slot has been set: fastboot set_active a"));
        }

        return options.Slot ?? journal?.Header.Slot ?? (variables.CurrentSlot == "a" ? "b" : "a");
    }

    private FlashTarget? Target(FlashImage image, string? slot)
    {
        var isSlotted = slot is not null
            && (variables.HasSlot(image.Partition) ?? variables.SizeOf($"{image.Partition}_{slot}") is not null);
        var partition = isSlotted ? $"{image.Partition}_{slot}" : image.Partition;
        var size = variables.SizeOf(partition);
        if (size is null && variables.Values.Keys.Any(name => name.StartsWith("partition-size:", StringComparison.Ordinal)))
        {
            _findings.Add(Diagnostic.Error(
                DiagnosticCodes.PartitionMissing, $"the build made {image.File.Name}, and the device has no partition {partition}",
                "leave the image out of the project, or build for the device's own header version: kernelbuild boot info of its boot "
                    + "image"));
            return null;
        }

        if (size < image.File.Size)
        {
            _findings.Add(Diagnostic.Error(
                DiagnosticCodes.ImageLargerThanPartition,
                string.Create(CultureInfo.InvariantCulture, $"{image.File.Name} has {image.File.Size} bytes, and {partition} {size}"),
                "make it smaller: fewer modules in the ramdisk, a better compression (KernelImage), no debug information") with
            { File = image.File.Path, Consequence = "the bootloader refuses it" });
        }

        var (source, file) = BackupOf(image, partition);
        return new FlashTarget(image, partition, size, source, file) { MayBeLost = options.NoBackup };
    }

    private (BackupSource Source, string? File) BackupOf(FlashImage image, string partition)
    {
        if (journal is { IsFinished: false, IsRolledBack: false } && journal.SavedOf(partition) is not null)
        {
            return (BackupSource.Saved, null);
        }

        var file = pulled(partition);
        if (variables.CanFetch && variables.SizeOf(partition) is not null)
        {
            return (BackupSource.Device, file ?? image.Stock);
        }

        if (file is not null)
        {
            return (BackupSource.Pulled, file);
        }

        if (image.Stock is not null)
        {
            return (BackupSource.Stock, image.Stock);
        }

        if (!options.NoBackup)
        {
            _findings.Add(Diagnostic.Error(
                DiagnosticCodes.BackupImpossible,
                $"{partition} cannot be saved: "
                + (variables.HostLacksFetch
                    ? "the bootloader gives partitions out, but this fastboot has no command fetch"
                    : "the bootloader gives no partition out (fastboot fetch)")
                + ", and the project names no stock image of it",
                (variables.HostLacksFetch ? "put the fastboot of platform-tools 31 or later first on PATH; or " : "")
                + $"./nuke.sh PullStock --device {device.Name} with the device running and rooted, then name the image in the "
                + "project; or --no-backup, which cannot be taken back"));
        }

        return (BackupSource.None, null);
    }

    /// <summary>
    /// <c>fastboot boot</c> takes one image: with new companions beside boot.img it would try a mixture, which proves nothing. It sends the
    /// image in one piece.
    /// </summary>
    private bool Trial(ImmutableArray<FlashTarget> targets)
    {
        if (options.NoTrial || targets is not [{ Image: { Partition: "boot" } image }] || journal?.TrialOf(image.File.Sha256) is not null)
        {
            return false;
        }

        if (TooLargeForMemory(image.File, variables) is not { } finding)
        {
            return true;
        }

        _findings.Add(finding with { Severity = DiagnosticSeverity.Warning, Consequence = "the kernel is flashed untried" });
        return false;
    }

    /// <summary>KB9048: an image that <c>fastboot boot</c> cannot send.</summary>
    internal static Diagnostic? TooLargeForMemory(BuiltFile image, FastbootVariables variables) =>
        variables.MaxDownload is { } limit && image.Size > limit
            ? Diagnostic.Error(
                DiagnosticCodes.DownloadTooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{image.Name} has {image.Size} bytes, and the bootloader takes {limit} at once (max-download-size): it cannot be booted "
                    + $"from memory"),
                "flash it (./nuke.sh Flash --no-trial): fastboot sends it in several pieces then; or make it smaller") with
            { File = image.Path }
            : null;
}
