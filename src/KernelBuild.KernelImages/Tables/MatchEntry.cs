namespace KernelBuild.KernelImages.Tables;

/// <summary>An entry of an of_device_id table. Source: include/linux/mod_devicetable.h.</summary>
/// <param name="Compatible">What a node's compatible must have.</param>
/// <param name="Data">The symbol that the entry points to; an address in hex where no symbol says; empty when it points nowhere.</param>
public sealed record MatchEntry(string Compatible, string Data);
