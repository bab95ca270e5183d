using KernelBuild.Diagnostics;

namespace KernelBuild.Flashing;

/// <summary>
/// Whether a running device runs the slot that it should: a bootloader goes back to the other slot when the new one has failed to boot a few
/// times, and says nothing of it. Source: AOSP, hardware/interfaces/boot (slot-retry-count, slot-successful).
/// </summary>
public static class RunningSlot
{
    /// <param name="suffix">Of the slot that runs, "_a" or "_b"; empty when the device names none.</param>
    /// <param name="asked">a or b, as the user said; null for the slot of the last flash.</param>
    /// <param name="last">The last flash of this device that was not taken back; null when none is known.</param>
    public static IEnumerable<Diagnostic> Check(string suffix, string? asked, FlashJournal? last)
    {
        var running = suffix.TrimStart('_');
        if (asked is not (null or "a" or "b"))
        {
            yield return Diagnostic.Error(DiagnosticCodes.UsageInvalid, $"--slot is '{asked}', and slots are a and b", "--slot b");
        }
        else if (asked is not null && running.Length == 0)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.DeviceSilent, $"the device does not tell which slot it runs, so that --slot {asked} cannot be compared",
                "adb shell getprop ro.boot.slot_suffix is empty on a device without slots: leave --slot out");
        }
        else if (asked is not null && asked != running)
        {
            yield return Differs($"the device runs slot {running}, and not slot {asked}");
        }
        else if (asked is null && last is { IsFinished: false })
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.DeviceSilent, "the last flash of this device was cut off, so that it is not known what its slots hold",
                "go on with it (./nuke.sh Flash), or take it back (./nuke.sh Rollback)") with
            { File = last.File };
        }
        else if (asked is null && last?.Header.Slot is { } flashed && flashed != running)
        {
            yield return running.Length == 0
                ? Diagnostic.Warning(
                    DiagnosticCodes.DeviceSilent, $"the build was flashed to slot {flashed}, and the device does not tell which slot it runs",
                    "adb shell getprop ro.boot.slot_suffix")
                : Differs($"the device runs slot {running}, and the build was flashed to slot {flashed}");
        }
    }

    private static Diagnostic Differs(string message) => Diagnostic.Error(
        DiagnosticCodes.DeviceDiffers, message,
        "a bootloader goes back to the other slot when the new one does not boot; in the bootloader, fastboot getvar all tells slot-successful "
        + "and slot-retry-count, and fastboot set_active chooses");
}
