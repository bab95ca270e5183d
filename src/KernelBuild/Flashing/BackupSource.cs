namespace KernelBuild.Flashing;

/// <summary>Where the content of a partition is saved from before it is written.</summary>
public enum BackupSource
{
    /// <summary>Read from the device.</summary>
    Device,

    /// <summary>Read from the running device before, by PullStock.</summary>
    Pulled,

    /// <summary>The image that the project names as the one that the device runs.</summary>
    Stock,

    /// <summary>Not at all; the user said so.</summary>
    None,

    /// <summary>The session has saved it before.</summary>
    Saved,
}
