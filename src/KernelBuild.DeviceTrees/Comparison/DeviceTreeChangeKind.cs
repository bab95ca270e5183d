namespace KernelBuild.DeviceTrees.Comparison;

/// <summary>What happened between two trees.</summary>
public enum DeviceTreeChangeKind
{
    NodeAdded,
    NodeRemoved,
    PropertyAdded,
    PropertyRemoved,
    PropertyChanged,

    /// <summary>An entry of the memory reservation block came or went.</summary>
    ReservationChanged,
}
