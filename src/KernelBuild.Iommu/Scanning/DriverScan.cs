using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>What one C source says of IOMMUs.</summary>
/// <param name="Tables">Compatibles of its match tables.</param>
internal sealed partial record DriverScan(
    string File, ImmutableArray<IommuDriverSource> Drivers, ImmutableArray<CompatibleSource> Tables,
    ImmutableArray<PropertyReadSource> Reads)
{
    private static readonly string[] Telling =
    [
        "of_get_device_group", "pci_device_group", "generic_device_group", "generic_single_device_group", "fsl_mc_device_group",
        "iommu_group_alloc", "iommu_group_ref_get", "s2crs", "smendx", "list_for_each_entry",
    ];

    /// <summary>Null when there is nothing of the kind in it.</summary>
    public static DriverScan? Of(string file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("iommu"u8) < 0 && bytes.IndexOf("smmu"u8) < 0)
        {
            return null;
        }

        var source = new SourceText(file, bytes);
        var drivers = OperationsPattern().Matches(source.Text).Select(match => Driver(source, match)).ToImmutableArray();
        var reads = PropertyPattern()
            .Matches(source.Text)
            .Select(match => Read(source, match))
            .OfType<PropertyReadSource>()
            .ToImmutableArray();
        var tables = drivers.IsEmpty && !file.Contains("/iommu/", StringComparison.Ordinal) ? [] : Compatibles(source);
        return drivers.IsEmpty && reads.IsEmpty && tables.IsEmpty ? null : new DriverScan(file, drivers, tables, reads);
    }

    private static ImmutableArray<CompatibleSource> Compatibles(SourceText source)
    {
        var found = ImmutableArray.CreateBuilder<CompatibleSource>();
        foreach (Match table in TablePattern().Matches(source.Text))
        {
            // arm-smmu-qcom.c also lists masters that it treats in a way of their own
            if (table.Groups[1].Value.Contains("client", StringComparison.Ordinal))
            {
                continue;
            }

            var end = source.EndOfBlock(table.Index);
            for (var match = CompatiblePattern().Match(source.Text, table.Index); match.Success && match.Index < end; match =
                match.NextMatch())
            {
                found.Add(new CompatibleSource(match.Groups[1].Value, source.PlaceOf(match.Index)));
            }
        }

        // up to 4.17
        found.AddRange(
            DeclarePattern()
                .Matches(source.Text)
                .Select(match => new CompatibleSource(match.Groups[1].Value, source.PlaceOf(match.Index))));
        return found.DrainToImmutable();
    }

    private static IommuDriverSource Driver(SourceText source, Match operations)
    {
        var place = source.PlaceOf(operations.Index);
        var end = source.EndOfBlock(operations.Index);
        var assignment = GroupPattern().Match(source.Text, operations.Index);
        if (!assignment.Success || assignment.Index > end)
        {
            return new(operations.Groups[1].Value, place, "", place, GroupingKind.None, [], []);
        }

        var name = assignment.Groups[1].Value;
        var (kind, definition, calls) = Kind(source, name);
        return new(
            operations.Groups[1].Value, place, name, definition is { } at ? source.PlaceOf(at) : source.PlaceOf(assignment.Groups[1].Index),
            kind, calls, []);
    }

    private static (GroupingKind Kind, int? Definition, ImmutableArray<string> Calls) Kind(SourceText source, string function)
    {
        switch (function)
        {
            case "generic_device_group":
                return (GroupingKind.EachDevice, null, []);
            case "generic_single_device_group":
                return (GroupingKind.EachIommu, null, []);
            case "pci_device_group":
                return (GroupingKind.PciRules, null, []);
            default:
                break;
        }

        var definition = Regex.Match(
            source.Text, @"^[\w \t\*]*\b" + Regex.Escape(function) + @"\s*\([^;{)]*\)\s*\{",
            RegexOptions.Multiline | RegexOptions.CultureInvariant);
        if (!definition.Success)
        {
            return (GroupingKind.Elsewhere, null, []);
        }

        var body = source.Text[definition.Index..source.EndOfBlock(definition.Index)];
        ImmutableArray<string> calls =
        [
            .. Telling.Where(name => Regex.IsMatch(body, @"\b" + name + @"\b")),
            .. GroupNodePattern().Matches(body).Select(match => match.Value).Distinct(StringComparer.Ordinal),
        ];
        bool Has(string name) => calls.Contains(name, StringComparer.Ordinal);
        var kind =
            Has("of_get_device_group") || calls.Any(call => call.StartsWith('"')) ? GroupingKind.GroupNode
            : Has("s2crs") || Has("smendx") ? GroupingKind.StreamMatch
            : Has("pci_device_group") ? Has("iommu_group_ref_get") || Has("list_for_each_entry") ? GroupingKind.Own : GroupingKind.PciRules
            : Has("generic_single_device_group") || (Has("iommu_group_ref_get") && !Has("iommu_group_alloc")) ? GroupingKind.EachIommu
            : Has("iommu_group_ref_get") ? GroupingKind.Own
            : Has("generic_device_group") || Has("iommu_group_alloc") ? GroupingKind.EachDevice
            : GroupingKind.Own;
        return (kind, definition.Index + definition.Value.IndexOf(function, StringComparison.Ordinal), calls);
    }

    /// <summary>A string that is an argument of a function which reads the device tree.</summary>
    private static PropertyReadSource? Read(SourceText source, Match property)
    {
        var begin = source.Text.LastIndexOfAny([';', '{', '}'], property.Index);
        var reader = ReaderPattern().Matches(source.Text[(begin + 1)..property.Index]).LastOrDefault();
        if (reader is null)
        {
            return null;
        }

        var name = property.Groups[1].Value;
        return new(
            name, source.PlaceOf(property.Index), reader.Groups[1].Value, source.FunctionAround(property.Index),
            name.EndsWith(",iommu-group", StringComparison.Ordinal)
                || name is "iommu-map" or "iommu-map-mask" or "iommus" or "stream-match-mask");
    }

    [GeneratedRegex(@"\bstruct\s+iommu_ops\s+(\w+)\s*=\s*\{")]
    private static partial Regex OperationsPattern();

    [GeneratedRegex(@"\.device_group\s*=[^,}]*?(\w+)\s*[,}]")]
    private static partial Regex GroupPattern();

    [GeneratedRegex(@"\bstruct\s+of_device_id\s+(\w+)\s*\[\s*\]\s*[\w\s()]*=\s*\{")]
    private static partial Regex TablePattern();

    [GeneratedRegex("\\.compatible\\s*=\\s*\"([^\"]+)\"")]
    private static partial Regex CompatiblePattern();

    [GeneratedRegex("\\bIOMMU_OF_DECLARE\\s*\\(\\s*\\w+\\s*,\\s*\"([^\"]+)\"")]
    private static partial Regex DeclarePattern();

    [GeneratedRegex(
        "\"([\\w#-]+,iommu-[\\w-]+|iommu-map|iommu-map-mask|iommus|stream-match-mask|[\\w-]+,smmu[\\w-]*|mmu-masters|#iommu-cells)\"")]
    private static partial Regex PropertyPattern();

    [GeneratedRegex("\"[\\w-]+,iommu-group\"")]
    private static partial Regex GroupNodePattern();

    [GeneratedRegex(@"\b((?:of|device_property|fwnode)_\w+)\s*\(")]
    private static partial Regex ReaderPattern();
}
