namespace KernelBuild.BootImages.Dtbo;

/// <summary>An entry of a table that is written anew.</summary>
/// <param name="From">Which entry of the old table it was; null for a new one.</param>
/// <param name="Contents">The overlay as it is to be stored, and what the bootloader chooses by.</param>
public sealed record DtboEdit(int? From, DtboEntryContents Contents);
