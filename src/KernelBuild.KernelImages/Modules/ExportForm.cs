namespace KernelBuild.KernelImages.Modules;

/// <summary>How a kernel stores what it exports (struct kernel_symbol).</summary>
internal enum ExportForm
{
    /// <summary>Three relative places of 32 bits: value, name, namespace. Since 5.4.</summary>
    Namespaces,

    /// <summary>Two of them: value and name. 4.19 to 5.3.</summary>
    Relative,

    /// <summary>Two pointers of 64 bits. Before 4.19.</summary>
    Pointers,
}
