namespace KernelBuild.KernelImages.Modules;

/// <summary>A symbol that modules may use.</summary>
/// <param name="Name">As in the source.</param>
/// <param name="Crc">genksyms' checksum of its type; null when the exporter has none, or when it is not known.</param>
/// <param name="IsGplOnly">EXPORT_SYMBOL_GPL and its relatives.</param>
/// <param name="Namespace">Empty for none.</param>
/// <param name="Owner">"vmlinux", or the module's path in the tree without .ko.</param>
public sealed record ExportedSymbol(string Name, uint? Crc, bool IsGplOnly, string Namespace, string Owner)
{
    /// <summary>The kernel proper, as Module.symvers calls it.</summary>
    public const string Kernel = "vmlinux";
}
