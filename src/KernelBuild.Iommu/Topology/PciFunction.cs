using System.Globalization;

namespace KernelBuild.Iommu.Topology;

/// <summary>A PCI function: what its configuration space says, as far as grouping depends on it.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="VendorId">16 bits.</param>
/// <param name="DeviceId">16 bits.</param>
public sealed record PciFunction(PciAddress Address, ushort VendorId, ushort DeviceId)
{
    /// <summary>What stands for IDs that are not in the input; no vendor has it (pci.ids lists it as a temporary number).</summary>
    public const ushort UnknownId = 0xfffe;

    /// <summary>24 bits: class, subclass, programming interface; 0, too, when <see cref="IsClassUnknown"/>.</summary>
    public uint ClassCode { get; init; }

    /// <summary>Whether the input has no more than the address, so that it is not even known whether it is a bridge.</summary>
    public bool IsClassUnknown { get; init; }

    /// <summary>0 endpoint, 1 bridge, 2 CardBus.</summary>
    public int HeaderType { get; init; }

    /// <summary>Whether the device has, or says it has, more functions.</summary>
    public bool IsMultifunction { get; init; }

    /// <summary>
    /// The multi-function bit of the header; null where the header was not read. Only function 0 must have it: others are
    /// <see cref="IsMultifunction"/> without it.
    /// </summary>
    public bool? MultifunctionBit { get; init; }

    /// <summary>Whether it is a function above 0 of which nobody captured the header.</summary>
    public bool IsMultifunctionBitUnknown => MultifunctionBit is null && IsMultifunction && Address.Rid.Function > 0;

    /// <summary>Null for conventional PCI.</summary>
    public PciPortType? PortType { get; init; }

    /// <summary>
    /// Whether the function has capabilities that were not captured: then its type is not known, and a null <see cref="PortType"/> says
    /// nothing.
    /// </summary>
    public bool IsTypeUnknown { get; init; }

    /// <summary>The bus behind a bridge; null when it is none or has none.</summary>
    public byte? SecondaryBus { get; init; }

    /// <summary>Null when the function has none, or when only the first 256 bytes were captured.</summary>
    public AcsCapability? Acs { get; init; }

    /// <summary>The SR-IOV capability of a physical function; null when it has none, or when that was not captured.</summary>
    public SriovCapability? Sriov { get; init; }

    /// <summary>Of a virtual function: the physical one that it belongs to.</summary>
    public PciAddress? PhysicalFunction { get; init; }

    /// <summary>Whether bytes beyond the first 256 were captured: without them nothing is known of ACS.</summary>
    public bool HasExtendedSpace { get; init; }

    /// <summary>
    /// Whether it is a PCI Express function of which nobody captured whether it has ACS, or what of it is on.
    /// </summary>
    public bool IsAcsUnknown => PortType is not null && !HasExtendedSpace;

    /// <summary>
    /// Whether it is taken for one that a quirk of the kernel names: among the machines that an input without device numbers can stand for.
    /// </summary>
    internal bool IsTakenForIsolated { get; init; }

    /// <summary>The Linux driver bound to it; null when none is, or when that is not known.</summary>
    public string? Driver { get; init; }

    /// <summary>Whether the input does not say which drivers are bound: then a null <see cref="Driver"/> says nothing.</summary>
    public bool IsDriverUnknown { get; init; }

    /// <summary>The group that Linux gave it, where that was captured.</summary>
    public int? RecordedGroup { get; init; }

    /// <summary>Whether pcieport tries to bind to it: class 0604 or 0807. Source: drivers/pci/pcie/portdrv.c, port_pci_ids.</summary>
    public bool IsBridge => ClassCode >> 8 is 0x0604 or 0x0807 || HeaderType == 1;

    /// <summary>
    /// Whether it is a bridge whose header is not in the input, as in a text without the line "Bus: primary=…": the bus behind it is not known.
    /// </summary>
    public bool IsBusUnknown => SecondaryBus is null && (ClassCode >> 8 == 0x0604 && HeaderType == 0 || (IsTypeUnknown && (IsBridge || IsClassUnknown)));

    /// <summary>Whether vendor and device are known.</summary>
    public bool HasIds => VendorId != UnknownId && DeviceId != UnknownId;

    /// <summary>"8086:10d3"; "id unknown" where the input has names only.</summary>
    public string Id => !HasIds ? "id unknown" : string.Create(CultureInfo.InvariantCulture, $"{VendorId:x4}:{DeviceId:x4}");

    /// <summary>"root port", "endpoint", "virtual function", "conventional bridge" and so on.</summary>
    public string Kind => PhysicalFunction is not null ? "virtual function" : IsTypeUnknown ? "function of unknown type" : PortType switch
    {
        PciPortType.RootPort => "root port",
        PciPortType.UpstreamPort => "switch upstream port",
        PciPortType.DownstreamPort => "switch downstream port",
        PciPortType.PcieToPciBridge => "PCIe-to-PCI bridge",
        PciPortType.PciToPcieBridge => "PCI-to-PCIe bridge",
        PciPortType.RootComplexEndpoint => "root-complex endpoint",
        PciPortType.RootComplexEventCollector => "root-complex event collector",
        null => HeaderType == 1 ? "conventional bridge" : HeaderType == 2 ? "CardBus bridge" : ClassCode >> 8 == 0x0600 ? "host bridge" : "conventional function",
        _ => "endpoint",
    };

    public override string ToString() => Address.ToString();
}
