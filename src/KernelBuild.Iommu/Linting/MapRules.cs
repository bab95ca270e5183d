using System.Globalization;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Linting;

/// <summary>The iommu-map of a host bridge.</summary>
internal static class MapRules
{
    public static IEnumerable<Diagnostic> Check(IommuTree tree, PciHost host, KernelVersion kernel)
    {
        if (!host.HasMap)
        {
            yield break;
        }

        var (map, error) = kernel.MapsByTarget ? (host.ByTarget, host.ByTargetError) : (host.FourCells, host.FourCellsError);
        if (map is null)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.IommuMapUnreadable,
                $"Linux {kernel} cannot read {host.Path}:iommu-map, so no device behind it has a group: {error!.Message}",
                host.ByTarget is not null || host.FourCells is not null
                    ? "the map is written for another kernel: up to 6.12 an element has 4 cells, from 7.x on 3 and as many as #iommu-cells"
                    : error.Fix);
            yield break;
        }

        // five cells read as four: the second cell of a later element is no phandle
        if (!kernel.MapsByTarget && map.Entries.Any(entry => entry.Target is null) && host.ByTarget is { } wide
            && wide.Entries.All(entry => entry.Target is not null))
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.IommuMapUnreadable,
                $"{host.Path}:iommu-map has elements of {3 + wide.Entries[0].Output.Length} cells, and Linux {kernel} reads 4: the stream "
                + $"IDs are wrong",
                "write elements of 4 cells, or use the device tree of this kernel");
            yield break;
        }

        if (tree.BehindItself(host, map) is var (own, rid))
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.IommuBehindItself,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{host.Path}:iommu-map covers the ID 0x{rid:x}, which is that of the IOMMU {own.Path} itself: its driver waits for itself"),
                string.Create(CultureInfo.InvariantCulture, $"leave 0x{rid:x} out: an entry for the IDs below it, and one for those above"));
        }

        foreach (var finding in map.Entries.SelectMany(entry => CheckEntry(tree, host, map, entry, kernel)))
        {
            yield return finding;
        }

        if (QualcommHosts.ReadsWrongWords(host, kernel))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.IommuMapMisprogrammed,
                $"{host.Path}:iommu-map has elements of {3 + map.Entries[0].Output.Length} cells, and the host's driver in Linux "
                    + $"{kernel} reads 4 an "
                + "element (pcie-qcom.c: qcom_pcie_config_sid_1_9_0): the hardware's table of stream IDs gets wrong ones",
                "use an IOMMU node with #iommu-cells = <1>, or a kernel whose driver reads the map by #iommu-cells");
        }

        if ((map.Mask & 0xffff) != 0xffff)
        {
            yield return Diagnostic.Note(
                DiagnosticCodes.IommuMapMaskTooNarrow,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{host.Path}:iommu-map-mask 0x{map.Mask:x} gives several devices the same stream ID: {Consequence(tree, map)}"));
        }
    }

    /// <summary>What the driver of the IOMMU makes of devices with one stream ID.</summary>
    private static string Consequence(IommuTree tree, IdMap map) =>
        map.Entries.Select(entry => tree.Provider(entry.Target)?.Kind).FirstOrDefault() switch
        {
            IommuKind.SmmuV3 => "behind an SMMUv3 all but the first have no group",
            IommuKind.Smmu or IommuKind.MediaTek => "they share a group",
            { } kind when IommuCompatibles.HasOneGroup(kind) =>
                $"the {IommuCompatibles.NameOf(kind)} cannot tell them apart, and has one group for all its devices anyway",
            _ => "the IOMMU cannot tell them apart",
        };

    private static IEnumerable<Diagnostic> CheckEntry(IommuTree tree, PciHost host, IdMap map, IdMapEntry entry, KernelVersion kernel)
    {
        var provider = tree.Provider(entry.Target);
        if (provider is null || !provider.IsAvailable)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.IommuReferenceUnusable,
                provider is null
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"{host.Path}:iommu-map refers to the phandle 0x{entry.Phandle:x}, which is not an IOMMU of this tree")
                    : $"{host.Path}:iommu-map refers to {provider.Path}, which is disabled: its devices have no group",
                provider is null ? "refer to a node with #iommu-cells" : "enable the IOMMU, if the firmware leaves it to Linux");
        }

        if ((entry.InputBase & ~map.Mask) != 0)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.IommuMapMaskTooNarrow,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{host.Path}:iommu-map has an entry at 0x{entry.InputBase:x}, which no requester ID masked with iommu-map-mask "
                    + $"0x{map.Mask:x} can match: Linux refuses the whole map (-14)"),
                "widen the mask, or move the entry");
        }

        if (kernel.MapsByTarget && entry is { Length: > 1, Output.Length: > 1 })
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.IommuMapUnreadable,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{host.Path}:iommu-map has an entry of {entry.Length} IDs at 0x{entry.InputBase:x} for an IOMMU with #iommu-cells = "
                    + $"<{entry.Output.Length}>: Linux {kernel} refuses all of them (of/base.c: of_map_id, -22)"),
                "write an entry of length 1 for each function, or use an IOMMU node with #iommu-cells = <1>");
        }

        if (entry.Length > 1 && QualcommHosts.IsProgrammedRight(host, kernel))
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.IommuMapEntryTooLong,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{host.Path}:iommu-map has an entry of length {entry.Length} at 0x{entry.InputBase:x}: Linux programs only its first "
                    + $"ID into the host bridge's table (pcie-qcom.c: qcom_pcie_config_sid_1_9_0)"),
                "write one entry of length 1 for each function");
        }
    }
}
