namespace KernelBuild.Flashing;

/// <summary>A partition that is written.</summary>
/// <param name="Partition">With its slot: boot_b.</param>
/// <param name="Size">Bytes of the partition; null when the bootloader does not tell.</param>
/// <param name="Backup">Where its content is saved from.</param>
/// <param name="BackupFile">The file of <see cref="BackupSource.Pulled"/> and <see cref="BackupSource.Stock"/>; else null.</param>
public sealed record FlashTarget(FlashImage Image, string Partition, long? Size, BackupSource Backup, string? BackupFile);
