using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// What a kernel's source says of IOMMUs: the drivers and how they group, the properties that they read, the nodes that bind
/// them, and the boards that have PCI behind one. Read as text, nothing is configured or compiled: what a configuration leaves
/// out is here too.
/// </summary>
public sealed partial record SourceScan(
    ImmutableArray<IommuDriverSource> Drivers,
    ImmutableArray<PropertyReadSource> Reads,
    ImmutableArray<IommuNodeSource> Nodes,
    ImmutableArray<GroupReferenceSource> GroupReferences,
    ImmutableArray<BoardSource> Boards)
{
    /// <summary>Puts together what was found in single files.</summary>
    public static SourceScan Combine(IEnumerable<SourceFileScan> files)
    {
        var all = files.ToArray();
        var drivers = WithVariants([.. all
            .Select(file => file.Driver)
            .OfType<DriverScan>()
            .OrderBy(scan => scan.File, StringComparer.Ordinal)]);
        var driverOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var driver in drivers)
        {
            foreach (var compatible in driver.Compatibles)
            {
                driverOf.TryAdd(compatible.Compatible, driver.Operations);
            }
        }

        var boardFiles = new BoardFiles(all.Select(file => file.Board).OfType<BoardScan>());
        var boards = boardFiles.All
            .Where(scan => scan.File.EndsWith(".dts", StringComparison.Ordinal))
            .AsParallel()
            .Select(scan => (scan.File, Tree: BoardTree.Of(scan, boardFiles)))
            .ToArray();
        var uses = boards
            .SelectMany(board => board.Tree.Files)
            .GroupBy(file => file, StringComparer.Ordinal)
            .ToDictionary(file => file.Key, file => file.Count(), StringComparer.Ordinal);
        var includers = boardFiles.All
            .SelectMany(scan =>
                scan.Items.OfType<string>().Select(include => (scan.File, Included: boardFiles.Resolve(scan.File, include)?.File)))
            .Where(pair => pair.Included is not null).ToLookup(pair => pair.Included!, pair => pair.File, StringComparer.Ordinal);
        var nodes = boardFiles.All.SelectMany(scan => scan.Items.OfType<BoardSourceNode>()).ToArray();
        return new SourceScan(
            drivers,
            [.. all
                .SelectMany(file => file.Driver?.Reads ?? [])
                .OrderBy(read => read.Place.File, StringComparer.Ordinal)
                .ThenBy(read => read.Place.Line)],
            [.. nodes
                .Select(node => Iommu(node, driverOf, includers, uses))
                .OfType<IommuNodeSource>()
                .OrderBy(node => node.Place.File, StringComparer.Ordinal)
                .ThenBy(node => node.Place.Line)],
            [.. nodes
                .SelectMany(node =>
                    node.Properties
                        .Where(property => property.Value is not null && property.Name.EndsWith(",iommu-group", StringComparison.Ordinal))
                .Select(property => new GroupReferenceSource(node.Path, property.Name, property.Value!, property.Place)))
                .OrderBy(reference => reference.Place.File, StringComparer.Ordinal)
                .ThenBy(reference => reference.Place.Line)],
            [.. boards
                .Select(board => new BoardSource(board.File, Hosts(board.Tree, driverOf)))
                .Where(board => !board.Hosts.IsEmpty)
                .OrderBy(board => board.File, StringComparer.Ordinal)]);
    }

    /// <summary>
    /// A file beside a driver whose name goes on, such as arm-smmu-qcom.c beside arm-smmu.c, has more of its compatibles.
    /// </summary>
    private static ImmutableArray<IommuDriverSource> WithVariants(DriverScan[] scans)
    {
        var owners = scans.Where(scan => !scan.Drivers.IsEmpty).ToArray();
        var tables = scans.ToLookup(
            scan => scan.Drivers.IsEmpty
                ? owners
                    .Where(owner => scan.File.StartsWith(owner.File[..^2], StringComparison.Ordinal))
                    .MaxBy(owner => owner.File.Length)?.File ?? ""
                : scan.File,
            scan => scan.Tables,
            StringComparer.Ordinal);
        return
        [
            .. owners.SelectMany(owner => owner.Drivers.Select(driver =>
                driver with
                {
                    Compatibles = [.. tables[owner.File].SelectMany(table => table).DistinctBy(compatible => compatible.Compatible)],
                })),
        ];
    }

    private static IommuNodeSource? Iommu(
        BoardSourceNode node, Dictionary<string, string> driverOf, ILookup<string, string> includers, Dictionary<string, int> uses)
    {
        var compatibles = node.Properties
            .Where(property => property.Name == "compatible")
            .SelectMany(property => StringPattern().Matches(property.Value ?? "").Select(match => match.Groups[1].Value))
            .ToArray();
        var bound = compatibles.FirstOrDefault(driverOf.ContainsKey);
        if (bound is null && !node.Properties.Any(property => property.Name == "#iommu-cells"))
        {
            return null;
        }

        return new IommuNodeSource(
            node.Path, node.Labels.FirstOrDefault() ?? "", node.Place, bound ?? compatibles.FirstOrDefault() ?? "",
            bound is null ? "" : driverOf[bound],
            [.. includers[node.Place.File].Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            uses.GetValueOrDefault(node.Place.File));
    }

    private static ImmutableArray<BoardHostSource> Hosts(BoardTree tree, Dictionary<string, string> driverOf)
    {
        var hosts = ImmutableArray.CreateBuilder<BoardHostSource>();
        foreach (var (path, properties) in tree.Nodes.OrderBy(node => node.Key, StringComparer.Ordinal))
        {
            // other buses have maps too: fsl-mc, and Qualcomm's video; a vendor's name stands in front of some, as in qcom,pcie@1c00000
            var name = path[(path.LastIndexOf('/') + 1)..];
            if (!properties.TryGetValue("iommu-map", out var map)
                || !name.Split(',', '_', '-', '@').Any(word => word.StartsWith("pci", StringComparison.Ordinal)))
            {
                continue;
            }

            var iommu = ReferencePattern().Match(map.Value!).Groups[1].Value;
            var compatibles = tree.Find(iommu) is { } target && tree.Nodes.TryGetValue(target, out var provider)
                && provider.TryGetValue("compatible", out var compatible) ? compatible.Value! : "";
            hosts.Add(new BoardHostSource(
                path, tree.LabelOf.GetValueOrDefault(path, ""), WhitePattern().Replace(map.Value!, " "), map.Place, iommu,
                StringPattern()
                    .Matches(compatibles)
                    .Select(match => driverOf.GetValueOrDefault(match.Groups[1].Value))
                    .FirstOrDefault(driver => driver is not null) ?? "",
                tree.IsEnabled(path)));
        }

        return hosts.DrainToImmutable();
    }

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex StringPattern();

    [GeneratedRegex(@"&(\w+)")]
    private static partial Regex ReferencePattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhitePattern();
}
