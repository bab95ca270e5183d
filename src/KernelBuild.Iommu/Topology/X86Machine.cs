namespace KernelBuild.Iommu.Topology;

/// <summary>
/// Tells a machine with an x86 processor by its chipset: its host bridge on bus 0 or its ISA bridge is of a vendor of such processors.
/// </summary>
public static class X86Machine
{
    public static bool IsOne(PciTopology topology) => topology.Functions.Any(function =>
        function.Address is { Domain: 0, Rid.Bus: 0 } && function.ClassCode >> 8 is 0x0600 or 0x0601
        && function.VendorId is 0x8086 or 0x1022 or 0x1d17 or 0x1106 or 0x1039);
}
