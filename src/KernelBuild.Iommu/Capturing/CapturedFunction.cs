using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>A PCI function as it was found.</summary>
/// <param name="Configuration">Its configuration space: 64, 256 or 4096 bytes, by who asked.</param>
/// <param name="Driver">Null when none is bound, or when that is not known.</param>
/// <param name="Group">The number of its IOMMU group; null when it has none, or when that is not known.</param>
public sealed record CapturedFunction(PciAddress Address, ReadOnlyMemory<byte> Configuration, string? Driver, int? Group)
{
    /// <summary>
    /// Of a virtual function of SR-IOV, where the machine said so (the link physfn); else it follows from the physical one.
    /// </summary>
    public PciAddress? PhysicalFunction { get; init; }

    /// <summary>As the kernel has it, from the files vendor and device: a virtual function's are not in its configuration space.</summary>
    public (ushort Vendor, ushort Device)? Ids { get; init; }

    /// <summary>Whether the space was written from a text that shows no headers, so that its multi-function bit says nothing.</summary>
    public bool IsOfText { get; init; }

    /// <summary>Null when the space is no function's.</summary>
    public PciFunction? Describe() => new ConfigSpace(Configuration.Span).Describe(Address) is { } function
        ? function with
        {
            Driver = Driver,
            RecordedGroup = Group,
            MultifunctionBit = IsOfText ? null : function.MultifunctionBit,
        }
        : Configuration.IsEmpty && Ids is { Vendor: not (0 or 0xffff) } ids
            ? new PciFunction(Address, ids.Vendor, ids.Device)
            {
                IsClassUnknown = true, IsTypeUnknown = true, IsMultifunction = Address.Rid.Function > 0, Driver = Driver, RecordedGroup = Group,
            }
            : null;

    /// <summary>Null when the space is too short for one.</summary>
    internal PciFunction? DescribeVirtual(PciFunction physical) =>
        new ConfigSpace(Configuration.Span).DescribeVirtual(Address, physical) is { } function
            ? function with
            {
                VendorId = Ids?.Vendor ?? function.VendorId,
                DeviceId = Ids?.Device ?? function.DeviceId,
                IsMultifunction = false,
                PhysicalFunction = physical.Address,
                Driver = Driver,
                RecordedGroup = Group,
            }
            : null;
}
