namespace KernelBuild.Iommu.Prediction;

/// <summary>A rule of Linux that decides about a device's group; docs/guide/iommu-groups.md has them all.</summary>
/// <param name="Id">The short form in JSON documents and in docs/glossary.md: "S1" to "S8", with a letter for the steps of S6.</param>
/// <param name="Name">What people read.</param>
public sealed record GroupingRule(string Id, string Name)
{
    /// <summary>Which node of the device tree describes a device.</summary>
    public static GroupingRule DescribingNode { get; } = new("S1", "describing node");

    /// <summary>Requester IDs become stream IDs by the map of the host bridge, or by <c>iommus</c>.</summary>
    public static GroupingRule IdMapping { get; } = new("S2", "ID mapping");

    /// <summary>What happens with a stream ID that another device uses.</summary>
    public static GroupingRule StreamIdInUse { get; } = new("S4", "stream ID in use");

    /// <summary>What the IOMMU's driver makes of a device.</summary>
    public static GroupingRule IommuDriver { get; } = new("S5", "IOMMU driver");

    /// <summary>Requests that carry the same requester ID.</summary>
    public static GroupingRule SharedRequesterId { get; } = new("S6a", "same requester ID");

    /// <summary>A port on the way to the root complex that does not isolate.</summary>
    public static GroupingRule PathIsolation { get; } = new("S6b", "path isolation");

    /// <summary>Functions of one bus that send under each other's requester ID.</summary>
    public static GroupingRule BusAlias { get; } = new("S6c", "bus alias");

    /// <summary>Functions of one device that can reach each other.</summary>
    public static GroupingRule MultifunctionDevice { get; } = new("S6d", "multifunction");

    /// <summary>Nothing shares with the device.</summary>
    public static GroupingRule NewGroup { get; } = new("S6e", "new group");

    /// <summary>When groups are formed.</summary>
    public static GroupingRule DriverBinding { get; } = new("S8", "driver binding");

    /// <summary>Nothing is decided: what the group depends on is not in the input.</summary>
    public static GroupingRule NotCaptured { get; } = new("unknown", "not captured");

    /// <summary>Nothing is decided: what the IOMMU's driver does is not known here.</summary>
    public static GroupingRule NotModelled { get; } = new("unknown", "not modelled");

    public override string ToString() => Name;
}
