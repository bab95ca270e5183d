namespace KernelBuild.Iommu.Acpi;

/// <summary>An ID mapping: which IDs leave a node as which, towards which other node. Source: Arm DEN 0049, table 4.</summary>
/// <param name="InputBase">The lowest input ID.</param>
/// <param name="Count">How many IDs, minus 1, as it is stored.</param>
/// <param name="OutputBase">What the lowest becomes.</param>
/// <param name="Reference">Offset of the node that they go to, from the begin of the table.</param>
/// <param name="IsSingle">The flag "single mapping": every input becomes <paramref name="OutputBase"/>.</param>
public sealed record IortMapping(uint InputBase, uint Count, uint OutputBase, uint Reference, bool IsSingle);
