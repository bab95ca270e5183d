using System.Collections.Frozen;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Linting;

/// <summary>Properties that are advised on the web and that no code reads, or not there.</summary>
internal static class PropertyRules
{
    private static readonly FrozenDictionary<string, string> Unread = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["no-iommu"] = "leave the device out of iommu-map instead",
        ["iommu-bypass"] =
            "the default domain is chosen by iommu.passthrough= and /sys/kernel/iommu_groups/N/type; it never changes a group",
        ["qcom,iommu-bypass"] = "Qualcomm's vendor kernels read qcom,iommu-dma = \"bypass\"; it never changes a group",
        ["iommu-mask"] = "the property is called iommu-map-mask",
        ["iommu-ranges"] = "write an iommu-map",
        ["iommu-group"] = "groups follow from stream IDs and ACS; vendor kernels read qcom,iommu-group or samsung,iommu-group",
        ["qcom,smmu-secure-mode-support"] = "there is no such property",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<Diagnostic> Check(IommuTree tree)
    {
        foreach (var node in tree.Index.Nodes)
        {
            foreach (var property in node.Node.Properties)
            {
                if (Unread.TryGetValue(property.Name, out var instead))
                {
                    yield return Diagnostic.Warning(
                        DiagnosticCodes.IommuPropertyUnread, $"{node.Path}:{property.Name} is not read by any code of Linux", instead);
                }
            }

            foreach (var compatible in node.Node.Strings("compatible"))
            {
                if (compatible is "iommu-v3" or "arm,iommu-v3" or "smmu-v3" or "qcom,iommu")
                {
                    yield return Diagnostic.Warning(
                        DiagnosticCodes.IommuCompatibleUnknown, $"{node.Path} is compatible with '{compatible}', which no driver supports",
                        "SMMUv3 is arm,smmu-v3; Qualcomm's SMMUs are qcom,<soc>-smmu-500 with qcom,smmu-500 and arm,mmu-500");
                }
            }
        }

        foreach (var host in tree.Hosts.Where(host => host.Node.IsReachable))
        {
            if (host.Node.Node.HasProperty("iommus") && !host.HasMap)
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.IommusOnPciHost,
                    $"{host.Path}:iommus puts the host bridge itself behind the IOMMU and none of its PCI devices (of_iommu.c: "
                    + $"of_iommu_configure)",
                    "write iommu-map = <0x0 &iommu 0x0 0x10000>, with the stream IDs of this board");
            }
        }

        foreach (var node in tree.Index.Nodes.Where(node => node.Node.HasProperty("iommus") || node.Node.HasProperty("iommu-map")))
        {
            if (HostAbove(tree, node) is { } above)
            {
                yield return Diagnostic.Warning(
                    DiagnosticCodes.IommusBelowPciHost,
                    $"{node.Path} is a PCI device, and Linux looks for its IOMMU only at the host bridge {above.Path} (pci-driver.c: "
                    + $"pci_dma_configure)",
                    $"give its requester ID an entry in {above.Path}:iommu-map");
            }
        }
    }

    private static PciHost? HostAbove(IommuTree tree, LocatedNode node)
    {
        for (var above = node.Parent; above is not null; above = above.Parent)
        {
            if (tree.Hosts.FirstOrDefault(host => ReferenceEquals(host.Node, above)) is { } host)
            {
                return host;
            }
        }

        return null;
    }
}
