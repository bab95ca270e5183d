namespace KernelBuild.Flashing;

/// <summary>A partition that is written.</summary>
/// <param name="Partition">With its slot: boot_b.</param>
/// <param name="Size">Bytes of the partition; null when the bootloader does not tell.</param>
/// <param name="Backup">Where its content is saved from.</param>
/// <param name="BackupFile">
/// The file of <see cref="BackupSource.Pulled"/> and <see cref="BackupSource.Stock"/>; of <see cref="BackupSource.Device"/> what is saved when
/// the device refuses; null when there is none.
/// </param>
public sealed record FlashTarget(FlashImage Image, string Partition, long? Size, BackupSource Backup, string? BackupFile)
{
    /// <summary>The user said that a partition that cannot be saved is written all the same.</summary>
    public bool MayBeLost { get; init; }
}
