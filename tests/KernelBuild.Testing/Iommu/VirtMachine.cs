using KernelBuild.Iommu.Topology;

namespace KernelBuild.Testing.Iommu;

/// <summary>The PCI topology of kernels/virt, function by function as its QEMU arguments ask for it.</summary>
public static class VirtMachine
{
    /// <param name="acsOn">Whether the kernel switched ACS on where it is: with patches/acs-on-device-tree.</param>
    public static PciTopology Topology(bool acsOn)
    {
        return new PciTopology(
        [
            Function("00:00.0", 0x1b36, 0x0008, 0x060000, null),
            Port("00:01.0", 1),
            Port("00:02.0", 2),
            Port("00:03.0", 3) with { IsMultifunction = true },
            Port("00:03.1", 4) with { IsMultifunction = true },
            Port("00:04.0", 5) with { IsMultifunction = true, Acs = null },
            Port("00:04.1", 6) with { IsMultifunction = true, Acs = null },
            Port("00:05.0", 7),
            Port("00:06.0", 0xb),
            Nic("01:00.0"), Nic("02:00.0"), Nic("03:00.0"), Nic("04:00.0"), Nic("05:00.0"), Nic("06:00.0"),
            Bridge("07:00.0", 8, PciPortType.UpstreamPort),
            Bridge("08:00.0", 9, PciPortType.DownstreamPort),
            Bridge("08:01.0", 0xa, PciPortType.DownstreamPort),
            Nic("09:00.0"), Nic("0a:00.0"),
            Bridge("0b:00.0", 0xc, PciPortType.PcieToPciBridge),
            Function("0c:01.0", 0x8086, 0x100e, 0x020000, null),
            Function("0c:02.0", 0x8086, 0x100e, 0x020000, null),
        ]);

        PciFunction Port(string address, byte bus) => Bridge(address, bus, PciPortType.RootPort) with
        {
            Acs = new AcsCapability(0x148, AcsServices.Isolation, acsOn ? AcsServices.Isolation : AcsServices.None),
        };

        static PciFunction Bridge(string address, byte bus, PciPortType type) =>
            Function(address, 0x1b36, 0x000c, 0x060400, type) with { HeaderType = 1, SecondaryBus = bus };

        static PciFunction Nic(string address) => Function(address, 0x8086, 0x10d3, 0x020000, PciPortType.Endpoint);

        static PciFunction Function(string address, ushort vendor, ushort device, uint classCode, PciPortType? type)
        {
            PciAddress.TryParse(address, out var parsed).ShouldBeTrue();
            return new PciFunction(parsed, vendor, device) { ClassCode = classCode, PortType = type, HasExtendedSpace = true };
        }
    }
}
