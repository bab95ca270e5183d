namespace KernelBuild.Flashing;

/// <summary>What can be done to a device, or said of it afterwards.</summary>
public enum JournalAction
{
    /// <summary>A partition was saved before anything was written to it.</summary>
    Save,

    /// <summary>An image was booted from memory.</summary>
    Boot,

    /// <summary>An image was written to a partition.</summary>
    Flash,

    /// <summary>The slot that the bootloader boots next.</summary>
    SetActive,

    /// <summary>All of it is on the device.</summary>
    Finish,

    /// <summary>A backup was written back.</summary>
    Restore,

    /// <summary>Everything was taken back.</summary>
    RollBack,
}
