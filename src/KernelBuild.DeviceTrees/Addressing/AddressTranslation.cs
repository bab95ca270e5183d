namespace KernelBuild.DeviceTrees.Addressing;

/// <summary>An element of <c>ranges</c> or <c>dma-ranges</c>.</summary>
/// <param name="ChildAddress">On the bus of the node; on PCI the first of three cells holds flags.</param>
/// <param name="ParentAddress">On the bus above it.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct AddressTranslation(UInt128 ChildAddress, UInt128 ParentAddress, UInt128 Size);
