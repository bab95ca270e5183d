namespace KernelBuild.Iommu.Topology;

/// <summary>The SR-IOV extended capability of a physical function.</summary>
/// <param name="Count">Number of virtual functions that are enabled; 0 while VF Enable is off.</param>
/// <param name="Offset">First VF Offset: from the requester ID of the physical function to that of the first virtual one.</param>
/// <param name="Stride">VF Stride: from one virtual function to the next.</param>
/// <param name="DeviceId">VF Device ID: virtual functions answer ffff where theirs would stand.</param>
/// <remarks>Source: PCI Express Base Specification, 9.3.3 and 9.3.4.</remarks>
public sealed record SriovCapability(int Count, int Offset, int Stride, ushort DeviceId)
{
    /// <summary>The virtual functions of a physical one; those that would lie beyond the last bus are left out.</summary>
    public IEnumerable<PciAddress> Addresses(PciAddress physical)
    {
        for (var i = 0; i < Count; i++)
        {
            var value = physical.Rid.Value + Offset + (i * Stride);
            if (value > ushort.MaxValue)
            {
                yield break;
            }

            yield return physical with { Rid = new RequesterId((ushort)value) };
        }
    }
}
