namespace KernelBuild.BootImages.Ramdisks;

/// <summary>What an archive may have at most, so that a hostile one does not take the machine down.</summary>
/// <param name="Entries">Entries in all archives together.</param>
/// <param name="NameLength">Bytes of a name, NUL included; the kernel's limit by default.</param>
public sealed record CpioLimits(int Entries = 1_000_000, int NameLength = CpioFormat.LongestName)
{
    public static CpioLimits Default { get; } = new();
}
