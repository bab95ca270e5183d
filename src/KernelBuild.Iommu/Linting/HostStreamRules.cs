using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Iommu.Linting;

/// <summary>
/// Host bridges: stream IDs that another host or a device has, too; maps that are filled in later; maps that are missing.
/// </summary>
internal static class HostStreamRules
{
    public static IEnumerable<Diagnostic> Check(IommuTree tree, KernelVersion kernel)
    {
        // the same bootloader enables hosts that the file has disabled
        foreach (var host in tree.Hosts.Where(host => host.IsPlaceholder))
        {
            yield return Placeholder(host) with { Severity = DiagnosticSeverity.Note };
        }

        var hosts = tree.Hosts.Where(host => host.Node.IsReachable).ToArray();
        foreach (var host in hosts)
        {
            if (Missing(tree, host) is { } missing)
            {
                yield return missing;
            }
        }

        var ranges = hosts.Select(host => (Host: host, Streams: HostStreams.Of(tree, host, kernel).ToArray())).ToArray();
        for (var i = 0; i < ranges.Length; i++)
        {
            foreach (var other in ranges.Take(i))
            {
                if (ranges[i].Streams.SelectMany(own => other.Streams.Select(theirs => (own.Provider, Id: own.Meets(theirs))))
                    .FirstOrDefault(met => met.Id is not null) is { Id: { } id } shared)
                {
                    yield return Shared(
                        shared.Provider, id, $"the hosts {other.Host.Path} and {ranges[i].Host.Path}",
                        "give each host a range of its own: kernelbuild iommu fix shows one (iommu-map-base)");
                }
            }

            foreach (var finding in tree.Masters.Where(master => master.Node.IsReachable && master.Error is null)
                .Select(master => WithDevice(tree, ranges[i].Host, ranges[i].Streams, master)).OfType<Diagnostic>())
            {
                yield return finding;
            }
        }
    }

    /// <summary>That a map is none yet; for a prediction it is a warning.</summary>
    public static Diagnostic Placeholder(PciHost host) => Diagnostic.Warning(
        DiagnosticCodes.IommuMapPlaceholder,
        $"{host.Path}:iommu-map has the single entry 0, with which the bootloader of a Layerscape board begins: it writes the real map into the "
            + "tree that Linux gets, and this one gives no device behind the host a group",
        "use the tree of the running machine: /sys/firmware/fdt");

    private static Diagnostic? WithDevice(IommuTree tree, PciHost host, HostStreamRange[] ranges, PlatformMaster master)
    {
        var found = StreamLookup.OfPlatform(tree, master);
        var met = found.Streams
            .SelectMany(stream => ranges.Where(range => ReferenceEquals(range.Provider, found.Provider)).Select(range => range.Meets(stream)))
            .FirstOrDefault(id => id is not null);
        return met is not { } shared ? null
            : ReferenceEquals(master.Node, host.Node)
                ? Shared(
                    found.Provider!, shared, $"the host {host.Path} itself (iommus) and the functions behind it (iommu-map)",
                    "leave out iommus: the host bridge sends nothing of its own")
                : Shared(
                    found.Provider!, shared, $"the functions behind {host.Path} (iommu-map) and {master.Path} (iommus)",
                    "give each its own stream IDs, as the board's documentation has them");
    }

    private static Diagnostic Shared(IommuProvider provider, uint id, string who, string fix)
    {
        var found = string.Create(CultureInfo.InvariantCulture, $"{who} can have the same stream ID at {provider.Path}, such as 0x{id:x}");
        return provider.Kind == IommuKind.SmmuV3
            ? Diagnostic.Warning(
                DiagnosticCodes.StreamIdShared, $"{found}: of two devices with one stream ID the second has no group (Linux before 5.11 panics)", fix)
            : Diagnostic.Note(DiagnosticCodes.StreamIdShared, $"{found}: devices with one stream ID share a group") with { Fix = fix };
    }

    /// <summary>A host without map where the tree has an SMMU that could be its own; a GPU's never is.</summary>
    private static Diagnostic? Missing(IommuTree tree, PciHost host)
    {
        if (host.HasMap || host.Node.Node.HasProperty("iommus"))
        {
            return null;
        }

        var iommu = tree.Providers.FirstOrDefault(provider => provider is { IsAvailable: true, Kind: IommuKind.Smmu or IommuKind.SmmuV3 }
            && provider.Node.IsReachable && !provider.Node.Node.IsCompatibleWith("qcom,adreno-smmu"));
        return iommu is null ? null
            : Diagnostic.Note(
                DiagnosticCodes.IommuMapMissing,
                $"{host.Path} has no iommu-map: no device behind it has a group, and none can be given to a guest; this tree has the IOMMU "
                    + $"{iommu.Path}, and does not say whether the host is behind it") with
            {
                Fix = "where the hardware is so: iommu-map = <0x0 &iommu 0x0 0x10000>, with the stream IDs of the board's documentation",
            };
    }
}
