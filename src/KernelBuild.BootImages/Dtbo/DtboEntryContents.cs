namespace KernelBuild.BootImages.Dtbo;

/// <summary>An overlay of a new dtbo image.</summary>
/// <param name="Content">As it is to be stored; equal contents are stored once.</param>
/// <param name="Id">Which board; the bootloader decides what it means.</param>
/// <param name="Revision">Which revision of it.</param>
/// <param name="Custom0">The first custom word; in version 1 the flags.</param>
/// <param name="Custom1">The second.</param>
/// <param name="Custom2">The third.</param>
/// <param name="Custom3">The fourth.</param>
public sealed record DtboEntryContents(
    ReadOnlyMemory<byte> Content, uint Id = 0, uint Revision = 0, uint Custom0 = 0, uint Custom1 = 0, uint Custom2 = 0, uint Custom3 = 0);
