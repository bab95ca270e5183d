namespace KernelBuild.Flashing;

/// <summary>The first line of a journal: which device it is of.</summary>
/// <param name="FormatVersion">1.</param>
/// <param name="Device">The project.</param>
/// <param name="Product">As the bootloader names itself.</param>
/// <param name="SerialNumber">Of the device; empty when it tells none.</param>
/// <param name="Slot">The slot that is written, a or b; null without slots.</param>
/// <param name="FormerSlot">The slot that was active before; null without slots.</param>
public sealed record JournalHeader(int FormatVersion, string Device, string Product, string SerialNumber, string? Slot, string? FormerSlot)
{
    public const int CurrentVersion = 1;
}
