using KernelBuild.Diagnostics;

namespace KernelBuild.Flashing;

/// <summary>Finds the device that is meant, or says which there are.</summary>
/// <param name="timing">How long devices may take.</param>
public sealed class DeviceFinder(DeviceTiming timing)
{
    /// <summary>The device in its bootloader.</summary>
    /// <param name="serial">As the user gave it; null for the only one.</param>
    /// <exception cref="DiagnosticException">KB9020, KB9021, KB9027.</exception>
    public async Task<Fastboot> FastbootAsync(string? serial, CancellationToken cancellationToken)
    {
        if (serial is null && Environment.GetEnvironmentVariable("ANDROID_SERIAL") is { Length: > 0 } usual)
        {
            serial = usual;
        }

        if (serial is not null && IsAddress(serial))
        {
            return new Fastboot(serial, timing);
        }

        var serials = await Fastboot.ListAsync(timing, cancellationToken);
        if (serial is null ? serials.Length == 1 : serials.Contains(serial))
        {
            return new Fastboot(serial ?? serials[0], timing);
        }

        if (serial is null && serials.Length > 1)
        {
            throw DeviceErrors.Ambiguous("fastboot", serials, "--serial");
        }

        var adb = await Adb.ListAsync(timing, cancellationToken);
        if (serial is null && serials.Length == 0 && adb.Length > 1)
        {
            throw DeviceErrors.Ambiguous("adb, and none at fastboot", [.. adb.Select(one => one.Serial)], "--serial");
        }

        throw adb.FirstOrDefault(one => serial is null || one.Serial == serial) is { } running
            ? DeviceErrors.NotFound(
                $"{running.Serial} is at adb ({running.State}) and not in its bootloader", $"adb -s {running.Serial} reboot bootloader")
            : DeviceErrors.NotFound(
                serial is null ? "no device is at fastboot" : $"there is no device '{serial}' at fastboot",
                serials.Length > 0
                    ? $"devices at fastboot: {string.Join(", ", serials)}"
                    : "bring it into its bootloader (adb reboot bootloader, or its keys) and look with: fastboot devices; a device "
                        + "that is there "
                    + "and not shown wants a rule of udev");
    }

    /// <summary>The device with its system running.</summary>
    /// <param name="serial">As the user gave it; null for the only one.</param>
    /// <exception cref="DiagnosticException">KB9020, KB9021, KB9027.</exception>
    public async Task<Adb> AdbAsync(string? serial, CancellationToken cancellationToken)
    {
        if (serial is null && Environment.GetEnvironmentVariable("ANDROID_SERIAL") is { Length: > 0 } usual)
        {
            serial = usual;
        }

        if (serial is not null && serial.Contains(':', StringComparison.Ordinal))
        {
            await new Adb(serial, timing).IsThereAsync(cancellationToken);
        }

        var devices = await Adb.ListAsync(timing, cancellationToken);
        var meant = devices.Where(device => serial is null || device.Serial == serial).ToArray();
        if (meant.Length > 1)
        {
            throw DeviceErrors.Ambiguous("adb", [.. meant.Select(device => device.Serial)], "--serial");
        }

        return meant switch
        {
            [{ HasShell: true } only] => new Adb(only.Serial, timing),
            [{ State: "unauthorized" } only] => throw DeviceErrors.NotFound(
                $"{only.Serial} does not trust this host yet", "answer the question on its screen, and run the same again"),
            [var only] => throw DeviceErrors.NotFound(
                $"{only.Serial} is at adb and cannot be used: its state is {only.State}",
                "adb reconnect; or unplug it and plug it in again"),
            _ => throw DeviceErrors.NotFound(
                serial is null ? "no device is at adb" : $"there is no device '{serial}' at adb",
                devices.IsEmpty
                    ? "start it, allow USB debugging in its developer options, and look with: adb devices"
                    : $"devices at adb: {string.Join(", ", devices.Select(device => device.Serial))}"),
        };
    }

    /// <summary>The device, whichever of the two it is in: its bootloader, or its system.</summary>
    /// <param name="serial">As the user gave it; null for the only one.</param>
    /// <param name="adbSerial">At adb, where it is another one there. Alone it says that the system is meant.</param>
    /// <exception cref="DiagnosticException">KB9020, KB9021, KB9027.</exception>
    public async Task<(Fastboot? Bootloader, Adb? System)> EitherAsync(
        string? serial, string? adbSerial, CancellationToken cancellationToken)
    {
        if (serial is null && adbSerial is not null)
        {
            return (null, await AdbAsync(adbSerial, cancellationToken));
        }

        if (serial is null && Environment.GetEnvironmentVariable("ANDROID_SERIAL") is { Length: > 0 } usual)
        {
            serial = usual;
        }

        if (serial is not null && IsAddress(serial))
        {
            return (new Fastboot(serial, timing), null);
        }

        var waiting = await Fastboot.ListAsync(timing, cancellationToken);
        if (serial is not null ? !waiting.Contains(serial) : waiting.IsEmpty)
        {
            return (null, await AdbAsync(adbSerial ?? serial, cancellationToken));
        }

        var running = serial is null ? await Adb.ListAsync(timing, cancellationToken) : [];
        return serial is not null || (waiting.Length == 1 && running.IsEmpty)
            ? (new Fastboot(serial ?? waiting[0], timing), null)
            : throw DeviceErrors.Ambiguous("fastboot and adb", [.. waiting, .. running.Select(device => device.Serial)], "--serial");
    }

    /// <summary>fastboot's own forms for a device in the network.</summary>
    public static bool IsAddress(string serial) =>
        serial.StartsWith("tcp:", StringComparison.Ordinal) || serial.StartsWith("udp:", StringComparison.Ordinal);
}
