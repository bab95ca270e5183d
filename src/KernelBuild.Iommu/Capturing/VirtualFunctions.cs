using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Virtual functions of SR-IOV: their vendor and device IDs read ffff, so the physical function says which functions they are and what
/// they are. Source: drivers/pci/iov.c, pci_iov_add_virtfn (IDs, multifunction = 0) and pci_iov_virtfn_devfn.
/// </summary>
internal static class VirtualFunctions
{
    /// <summary>Every function that was captured and is one.</summary>
    public static IEnumerable<PciFunction> Resolve(IReadOnlyCollection<CapturedFunction> captured)
    {
        var functions = new Dictionary<PciAddress, PciFunction>();
        foreach (var function in captured)
        {
            if (function.Describe() is { } described)
            {
                functions[described.Address] = described;
            }
        }

        var physicalOf = functions.Values
            .Where(function => function.Sriov is not null)
            .SelectMany(function => function.Sriov!.Addresses(function.Address).Select(address => (Virtual: address, Physical: function)))
            .DistinctBy(pair => pair.Virtual)
            .ToDictionary(pair => pair.Virtual, pair => pair.Physical);
        foreach (var function in captured)
        {
            var physical = function.PhysicalFunction is { } link
                ? functions.GetValueOrDefault(link)
                : physicalOf.GetValueOrDefault(function.Address);
            if (physical is not null && physical.Address != function.Address && function.DescribeVirtual(physical) is { } described)
            {
                yield return described;
            }
            else if (functions.TryGetValue(function.Address, out var own))
            {
                yield return own;
            }
        }
    }
}
