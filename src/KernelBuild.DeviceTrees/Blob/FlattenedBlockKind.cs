namespace KernelBuild.DeviceTrees.Blob;

/// <summary>The three blocks behind the header; dtc writes them in this order.</summary>
internal enum FlattenedBlockKind
{
    Reservations,
    Structure,
    Strings,
}
