namespace KernelBuild.Flashing;

/// <summary>How long a device may take. Nothing waits longer: a device that hangs is an error.</summary>
public sealed record DeviceTiming
{
    private const long SlowestRate = 1 << 20;

    /// <summary>For a variable, a list of devices, a change of slot.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For a partition, beside a second for each MiB: USB 2 carries thirty times that, and the flash has its pauses.</summary>
    public TimeSpan Transfer { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From <c>fastboot boot</c> until the system answers at adb, or the bootloader is back.</summary>
    public TimeSpan Boot { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Between two looks whether the device is there.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <param name="bytes">Of the image.</param>
    public TimeSpan TransferOf(long bytes) => Transfer + TimeSpan.FromSeconds((double)bytes / SlowestRate);
}
