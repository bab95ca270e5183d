using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Iommu.Binding;

/// <summary>What a device tree says about IOMMUs: the IOMMUs, the PCI host bridges behind them, and the devices behind them.</summary>
public sealed class IommuTree
{
    private readonly Dictionary<LocatedNode, IommuProvider> _providers = [];
    private readonly Dictionary<LocatedNode, PciHost> _named = [];

    public IommuTree(DeviceTree tree)
        : this(new DeviceTreeIndex(tree))
    {
    }

    public IommuTree(DeviceTreeIndex index)
    {
        Index = index;
        var hosts = ImmutableArray.CreateBuilder<PciHost>();
        var masters = ImmutableArray.CreateBuilder<PlatformMaster>();
        foreach (var node in index.Nodes)
        {
            var isIommu = false;
            var isMaster = false;
            var isPci = false;
            var hasMap = false;
            foreach (ref readonly var property in node.Node.Properties.AsSpan())
            {
                switch (property.Name)
                {
                    case "#iommu-cells":
                        isIommu = true;
                        break;
                    case "iommus":
                        isMaster = true;
                        break;
                    case "device_type":
                        isPci = property.Value.Span.SequenceEqual("pci\0"u8);
                        break;
                    case "iommu-map" or "msi-map":
                        hasMap = true;
                        break;
                    default:
                        break;
                }
            }

            if (isIommu)
            {
                _providers.Add(node, new IommuProvider(node, IommuCompatibles.Of(node.Node)));
            }

            if (isMaster)
            {
                var readable = PhandleLists.TryRead(index, node, "iommus", "#iommu-cells", out var iommus, out var error);
                masters.Add(new PlatformMaster(node, iommus, readable ? null : error));
            }

            if ((isPci && !IsPci(node.Parent)) || (hasMap && !isPci && HasPciAddresses(node.Node)))
            {
                if (!hosts.Any(host => IsBelow(node, host.Node)))
                {
                    hosts.Add(Host(index, node));
                }
            }
        }

        Hosts = hosts.DrainToImmutable();
        Masters = [.. masters.Where(master => !Hosts.Any(host => IsBelow(master.Node, host.Node)))];
    }

    public DeviceTreeIndex Index { get; }

    /// <summary>The nodes directly below one.</summary>
    public IEnumerable<LocatedNode> ChildrenOf(LocatedNode node) => Index.Nodes.Where(child => ReferenceEquals(child.Parent, node));

    /// <summary>
    /// Buses that are not PCI and whose devices are not in the tree, but behind an IOMMU by a map: fsl-mc, host1x, CDX. Not those below a
    /// host
    /// bridge.
    /// </summary>
    public IEnumerable<LocatedNode> OtherBuses => Index.Nodes.Where(node => node.Node.HasProperty("iommu-map") && node.IsReachable
        && !Hosts.Any(host => ReferenceEquals(host.Node, node) || IsBelow(node, host.Node)));

    /// <summary>Whether it was made of ACPI's IORT (<see cref="IortTree"/>): then there is no tree that could be changed.</summary>
    public bool IsIort { get; init; }

    /// <summary>Whether the machine boots with ACPI.</summary>
    public bool IsAcpi => IsIort || IsAcpiStub;

    /// <summary>
    /// Whether the tree is the stub that firmware gives to a kernel that boots with ACPI: only /chosen, perhaps with a hypervisor's node.
    /// Then
    /// tables of ACPI (IORT on arm64) say what is behind which IOMMU. Source: arch/arm64/kernel/acpi.c, dt_is_stub.
    /// </summary>
    public bool IsAcpiStub => !Index.Tree.Root.Children.IsEmpty
        && Index.Tree.Root.Children.All(child => child.Name == "chosen" || child.IsCompatibleWith("xen,xen") || child.Name == "hypervisor")
        && Index.Tree.Root.Children.Any(child => child.Name == "chosen");

    /// <summary>All nodes with #iommu-cells, available or not.</summary>
    public IReadOnlyCollection<IommuProvider> Providers => _providers.Values;

    /// <summary>The nodes of host bridges, available or not; not the ports below them.</summary>
    public ImmutableArray<PciHost> Hosts { get; }

    /// <summary>
    /// The devices of the platform with <c>iommus</c>, available or not. A node below a PCI host describes a PCI device, never one of the
    /// platform: drivers/of/platform.c, of_platform_bus_create, goes into buses that it knows only.
    /// </summary>
    public ImmutableArray<PlatformMaster> Masters { get; }

    /// <summary>The IOMMU at a node; null when it is none.</summary>
    public IommuProvider? Provider(LocatedNode? node) => node is null ? null : _providers.GetValueOrDefault(node);

    /// <summary>Whether an IOMMU of a host's map is itself a function of PCI, as a virtio-iommu can be: below a host's node.</summary>
    public bool HasIommuOnPci(PciHost host) =>
        ((host.FourCells ?? host.ByTarget)?.Entries ?? []).Any(
            entry => Provider(entry.Target) is { } provider && Hosts.Any(other => IsBelow(provider.Node, other.Node)));

    /// <summary>
    /// The IOMMU that is a function behind a host, and that the host's map puts behind itself; null where its ID is left out, as it must be.
    /// </summary>
    /// <returns>The IOMMU and its requester ID, as its node states it (reg, phys.hi: IEEE 1275 PCI binding, 2.2.1.1).</returns>
    public (IommuProvider Provider, uint Rid)? BehindItself(PciHost host, IdMap map)
    {
        foreach (var entry in map.Entries)
        {
            if (Provider(entry.Target) is { } provider && IsBelow(provider.Node, host.Node) && provider.Node.Node.Number("reg") is { } address)
            {
                var rid = address >> 8 & 0xffff;
                if ((rid & map.Mask) >= entry.InputBase && (rid & map.Mask) - entry.InputBase < entry.Length)
                {
                    return (provider, rid);
                }
            }
        }

        return null;
    }

    /// <summary>The host bridge of a PCI domain: the one that asks for it, else the available ones counted.</summary>
    public PciHost? HostOf(uint domain)
    {
        var available = Hosts.Where(host => host.Node.IsReachable).ToArray();
        return available.FirstOrDefault(host => host.Domain == domain)
            ?? (available.Length == 1 && available[0].Domain is null ? available[0] : null)
            ?? available.Where(host => host.Domain is null).ElementAtOrDefault((int)Math.Min(domain, int.MaxValue));
    }

    /// <summary>The same, where paths of host bridges are known: by PCI domain, because counting them finds the wrong one.</summary>
    public PciHost? HostOf(uint domain, IReadOnlyDictionary<uint, string> paths) =>
        paths.TryGetValue(domain, out var path) && Index.TryFind(path, out var node, out _)
            ? Hosts.FirstOrDefault(host => ReferenceEquals(host.Node, node)) ?? Named(node)
            : HostOf(domain);

    /// <summary>A node that the machine or the user says is a host, whatever its properties: one record for each.</summary>
    private PciHost Named(LocatedNode node)
    {
        lock (_named)
        {
            return _named.TryGetValue(node, out var host) ? host : _named[node] = Host(Index, node);
        }
    }

    /// <summary>
    /// Kernels of vendors have host bridges without device_type (Qualcomm's pci-msm): three cells of address and two of size are PCI's, as
    /// Documentation/devicetree/bindings/pci has them; fsl-mc, which has a map too, has one of size.
    /// </summary>
    private static bool HasPciAddresses(DeviceTreeNode node) => node.Number("#address-cells") == 3 && node.Number("#size-cells") == 2;

    /// <summary>Whether a node is below another, at any depth.</summary>
    public static bool IsBelow(LocatedNode node, LocatedNode above)
    {
        for (var parent = node.Parent; parent is not null; parent = parent.Parent)
        {
            if (ReferenceEquals(parent, above))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPci(LocatedNode? node) =>
        node is not null && node.Node.TryGetProperty("device_type", out var type) && type.Value.Span.SequenceEqual("pci\0"u8);

    private static PciHost Host(DeviceTreeIndex index, LocatedNode node)
    {
        IdMap.TryRead(index, node, "iommu-map", IdMapWidth.Four, out var four, out var fourError);
        IdMap.TryRead(index, node, "iommu-map", IdMapWidth.ByTarget, out var byTarget, out var byTargetError);
        return new PciHost(node, four, fourError, byTarget, byTargetError);
    }
}
