using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Scanning;

namespace KernelBuild.Cli.Source;

/// <summary>A scan for people.</summary>
internal static class SourceText
{
    public static string NameOf(GroupingKind kind) => kind switch
    {
        GroupingKind.None => "no groups: the driver has no device_group",
        GroupingKind.EachDevice => "a group for each device",
        GroupingKind.EachIommu => "one group for each IOMMU",
        GroupingKind.PciRules => "the PCI rules (ACS); other devices each by itself",
        GroupingKind.StreamMatch => "by stream match register, then the PCI rules",
        GroupingKind.GroupNode => "a group node of the device tree",
        GroupingKind.DomainNode => "one group for each domain node of the device tree",
        GroupingKind.Own => "a rule of its own",
        _ => "a function in another file",
    };

    public static void Write(SourceScan scan, int files, bool boards, TextWriter output)
    {
        output.WriteLine("drivers");
        foreach (var driver in scan.Drivers)
        {
            output.WriteLine($"  {driver.Operations,-26} {driver.Place}");
            output.WriteLine(
                $"    groups by    "
                + $"{NameOf(driver.Kind)}{(driver.DeviceGroup.Length == 0 ? "" : $" ({driver.DeviceGroup}, {driver.DeviceGroupPlace})")}");
            foreach (var file in driver.Compatibles.GroupBy(compatible => compatible.Place.File))
            {
                output.WriteLine(
                    $"    compatibles  {file.First().Place}: {string.Join(' ', file.Select(compatible => compatible.Compatible))}");
            }
        }

        output.WriteLine("properties that are read");
        foreach (var property in scan.Reads
            .GroupBy(read => (read.Property, read.DecidesGroups))
            .OrderByDescending(property => property.Key.DecidesGroups)
            .ThenBy(property => property.Key.Property, StringComparer.Ordinal))
        {
            output.WriteLine($"  {property.Key.Property,-26} {(property.Key.DecidesGroups ? "decides groups" : "")}");
            foreach (var read in property)
            {
                output.WriteLine($"    {read.Place} {read.Function}");
            }
        }

        output.WriteLine("nodes that bind them");
        foreach (var driver in scan.Nodes.GroupBy(node => node.Driver.Length == 0 ? "no driver in this tree" : node.Driver))
        {
            output.WriteLine($"  {driver.Key}");
            foreach (var node in driver)
            {
                var name = node.Label.Length == 0 ? node.Node : node.Label;
                output.WriteLine($"    {node.Place} {name} \"{node.Compatible}\", {Counted.Of(node.Boards, "board")}{IncludedBy(node)}");
            }
        }

        foreach (var reference in scan.GroupReferences)
        {
            output.WriteLine($"  {reference.Place} {reference.Node}: {reference.Property} = {reference.Value}");
        }

        output.WriteLine(
            $"boards with PCI behind an IOMMU: {scan.Boards.Length}, of which "
            + $"{scan.Boards.Count(board => board.Hosts.Any(host => host.IsEnabled))} enable it");
        foreach (var board in boards ? scan.Boards : [])
        {
            output.WriteLine($"  {board.File}");
            foreach (var host in board.Hosts)
            {
                output.WriteLine(
                    $"    {(host.Label.Length == 0 ? host.Path : host.Label)}{(host.IsEnabled ? "" : " (disabled)")} {host.Map} "
                    + $"{host.Place} {host.Driver}");
            }
        }

        output.WriteLine(
            $"{Counted.Of(files, "file")}, {Counted.Of(scan.Drivers.Length, "driver")}, {Counted.Of(scan.Nodes.Length, "node")}");
    }

    private static string IncludedBy(IommuNodeSource node)
    {
        const int most = 3;
        return node.IncludedBy.IsEmpty
            ? ""
            : $", included by {Counted.Names([.. node.IncludedBy.Select(file => file[(file.LastIndexOf('/') + 1)..])], most, " ")}";
    }
}
