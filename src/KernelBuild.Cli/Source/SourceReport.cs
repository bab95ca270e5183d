using KernelBuild.Cli.CommandLine;
using KernelBuild.Iommu.Scanning;

namespace KernelBuild.Cli.Source;

/// <summary>
/// The JSON document of <c>source iommu --json</c>. Members are added, never renamed or removed, while the format version stays.
/// </summary>
/// <param name="Files">How many were read.</param>
internal sealed record SourceReport(
    string Tree, int Files, IReadOnlyList<DriverInfo> Drivers, IReadOnlyList<PropertyReadInfo> Properties,
    IReadOnlyList<IommuNodeInfo> Nodes, IReadOnlyList<GroupReferenceInfo> GroupReferences, IReadOnlyList<BoardInfo> Boards) : JsonReport
{
    public static SourceReport From(string tree, int files, SourceScan scan) => new(
        tree,
        files,
        [.. scan.Drivers.Select(driver => new DriverInfo(
            driver.Operations, driver.Place.File, driver.Place.Line, driver.DeviceGroup, driver.DeviceGroupPlace.File,
            driver.DeviceGroupPlace.Line, SourceText.NameOf(driver.Kind), driver.Calls,
            [.. driver.Compatibles.Select(compatible => new CompatibleInfo(
                compatible.Compatible, compatible.Place.File, compatible.Place.Line))]))],
        [.. scan.Reads.Select(read => new PropertyReadInfo(
            read.Property, read.Place.File, read.Place.Line, read.Reader, read.Function, read.DecidesGroups))],
        [.. scan.Nodes.Select(node => new IommuNodeInfo(
            node.Node, node.Label, node.Place.File, node.Place.Line, node.Compatible, node.Driver, node.IncludedBy, node.Boards))],
        [.. scan.GroupReferences.Select(reference => new GroupReferenceInfo(
            reference.Node, reference.Property, reference.Value, reference.Place.File, reference.Place.Line))],
        [.. scan.Boards.Select(board => new BoardInfo(
            board.File,
            [.. board.Hosts.Select(host => new BoardHostInfo(
                host.Path, host.Label, host.Map, host.Place.File, host.Place.Line, host.Iommu, host.Driver, host.IsEnabled))]))]);
}

/// <summary>A driver.</summary>
/// <param name="Operations">Name of its struct iommu_ops.</param>
/// <param name="GroupsBy">In words, such as "a group for each device".</param>
internal sealed record DriverInfo(
    string Operations, string File, int Line, string DeviceGroup, string DeviceGroupFile, int DeviceGroupLine, string GroupsBy,
    IReadOnlyList<string> Calls, IReadOnlyList<CompatibleInfo> Compatibles);

/// <summary>A compatible of a driver.</summary>
internal sealed record CompatibleInfo(string Compatible, string File, int Line);

/// <summary>A property that a driver reads.</summary>
internal sealed record PropertyReadInfo(string Property, string File, int Line, string Reader, string Function, bool DecidesGroups);

/// <summary>A node that binds a driver.</summary>
internal sealed record IommuNodeInfo(
    string Node, string Label, string File, int Line, string Compatible, string Driver, IReadOnlyList<string> IncludedBy, int Boards);

/// <summary>A node that refers to a vendor's group node.</summary>
internal sealed record GroupReferenceInfo(string Node, string Property, string Value, string File, int Line);

/// <summary>A board with PCI behind an IOMMU.</summary>
internal sealed record BoardInfo(string File, IReadOnlyList<BoardHostInfo> Hosts);

/// <summary>A host bridge of a board.</summary>
internal sealed record BoardHostInfo(
    string Path, string Label, string Map, string File, int Line, string Iommu, string Driver, bool IsEnabled);
