namespace KernelBuild.DeviceTrees.Addressing;

/// <summary>An element of <c>reg</c>.</summary>
/// <param name="Address">In the parent's address space; on PCI the first of three cells is phys.hi (bus, device, function).</param>
/// <param name="Size">Bytes; 0 when the parent's #size-cells is 0.</param>
public readonly record struct AddressRange(UInt128 Address, UInt128 Size);
