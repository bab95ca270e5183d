namespace KernelBuild.Flashing;

/// <summary>What the user said about a flash.</summary>
public sealed record FlashOptions
{
    /// <summary>Do it; else the commands are only printed.</summary>
    public bool Yes { get; init; }

    /// <summary>a or b; null for the one that is chosen.</summary>
    public string? Slot { get; init; }

    /// <summary>Also write partitions that cannot be saved.</summary>
    public bool NoBackup { get; init; }

    /// <summary>Do not boot the kernel from memory first.</summary>
    public bool NoTrial { get; init; }

    /// <summary>At fastboot; null for the only one.</summary>
    public string? Serial { get; init; }

    /// <summary>At adb; null for the same as <see cref="Serial"/>, or the only one where that is an address.</summary>
    public string? AdbSerial { get; init; }

    public DeviceTiming Timing { get; init; } = new();
}
