using System.Collections.Immutable;

namespace KernelBuild.Testing.EndToEnd.Groups;

/// <summary>Topologies whose groups are spoken of by number.</summary>
public static class KnownTopologies
{
    /// <summary>
    /// 30 functions: root ports with ACS and without, two pairs of them in one device, a switch without ACS, a bridge to
    /// conventional PCI with two devices, a device of two functions, a root-complex endpoint, conventional functions.
    /// </summary>
    public static ImmutableArray<string> Thirty { get; } =
    [
        .. Port(1, ""), .. Port(2, ",disable-acs=on"),
        .. Port(3, ",multifunction=on"), .. Device("pcie-root-port,id=p3b,bus=pcie.0,chassis=13,addr=3.1"),
        .. Port(4, ",multifunction=on,disable-acs=on"), .. Device("pcie-root-port,id=p4b,bus=pcie.0,chassis=14,addr=4.1,disable-acs=on"),
        .. Port(5, ""), .. Port(6, ""), .. Port(7, ""),
        .. Device("e1000e,bus=pcie.0,addr=8.0,romfile="), .. Device("e1000,bus=pcie.0,addr=9.0,romfile="),
        .. Device("e1000,bus=pcie.0,addr=a.0,multifunction=on,romfile="), .. Device("e1000,bus=pcie.0,addr=a.1,romfile="),
        .. Nic("p1"), .. Nic("p2"), .. Nic("p3"), .. Nic("p3b"), .. Nic("p4"), .. Nic("p4b"),
        .. Device("x3130-upstream,id=up,bus=p5"), .. Device("xio3130-downstream,id=d1,bus=up,chassis=21"),
        .. Device("xio3130-downstream,id=d2,bus=up,chassis=22"),
        .. Nic("d1"), .. Nic("d2"),
        .. Device("pcie-pci-bridge,id=pci,bus=p6"), .. Device("e1000,bus=pci,addr=1,romfile="), .. Device("e1000,bus=pci,addr=2,romfile="),
        .. Pair("p7"),
    ];

    /// <summary>
    /// 10 functions: the host bridge, three ports without ACS with a network card each, and one with a card of two functions.
    /// </summary>
    public static ImmutableArray<string> Ten { get; } =
    [
        .. Port(1, ",disable-acs=on"), .. Port(2, ",disable-acs=on"), .. Port(3, ",disable-acs=on"), .. Port(4, ",disable-acs=on"),
        .. Nic("p1"), .. Nic("p2"), .. Nic("p3"), .. Pair("p4"),
    ];

    private static string[] Port(int slot, string options) =>
        Device($"pcie-root-port,id=p{slot},bus=pcie.0,chassis={slot},addr={slot}.0{options}");

    private static string[] Nic(string bus) => Device($"e1000e,bus={bus},romfile=");

    private static string[] Pair(string bus) =>
        [.. Device($"e1000e,bus={bus},addr=0.0,multifunction=on,romfile="), .. Device($"e1000e,bus={bus},addr=0.1,romfile=")];

    private static string[] Device(string options) => ["-device", options];
}
