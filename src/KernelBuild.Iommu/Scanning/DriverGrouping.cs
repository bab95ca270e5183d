using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// What a driver makes of a device, told from the names that the function which groups and those that it calls use. Before 4.15 to 4.19
/// some
/// drivers made their groups in add_device, or wherever they read the tree.
/// </summary>
/// <param name="Function">The function that makes groups; empty when there is none.</param>
/// <param name="At">Offset of its definition; null when it is not in this source.</param>
internal sealed partial record DriverGrouping(GroupingKind Kind, string Function, int? At, ImmutableArray<string> Calls)
{
    private static readonly string[] _telling =
    [
        "of_get_device_group", "pci_device_group", "generic_device_group", "generic_single_device_group", "fsl_mc_device_group",
        "iommu_group_alloc", "iommu_group_ref_get", "s2crs", "smendx", "list_for_each_entry",
    ];

    public static DriverGrouping None { get; } = new(GroupingKind.None, "", null, []);

    /// <param name="operations">The initializer of the struct iommu_ops.</param>
    public static DriverGrouping Of(SourceFunctions functions, string operations)
    {
        if (GroupPattern().Match(operations) is { Success: true } assignment)
        {
            var name = assignment.Groups[1].Value;
            return name switch
            {
                "generic_device_group" => new(GroupingKind.EachDevice, name, null, []),
                "generic_single_device_group" => new(GroupingKind.EachIommu, name, null, []),
                "pci_device_group" => new(GroupingKind.PciRules, name, null, []),
                _ => functions.Find(name) is { } function ? ByFunction(functions, function) : new(GroupingKind.Elsewhere, name, null, []),
            };
        }

        if (AddPattern().Match(operations) is { Success: true } add && functions.Find(add.Groups[1].Value) is { } adding
            && functions.Reach(adding).Any(MakesGroups))
        {
            return ByFunction(functions, adding);
        }

        return Elsewhere(functions);
    }

    /// <summary>Whether a function makes a group, or puts a device into one.</summary>
    public static bool MakesGroups(SourceFunction function) => MakingPattern().IsMatch(function.Body);

    private static DriverGrouping ByFunction(SourceFunctions functions, SourceFunction function)
    {
        var reach = functions.Reach(function);
        ImmutableArray<string> calls =
        [
            .. _telling.Where(name => reach.Any(one => one.Uses(name))),
            .. reach.SelectMany(one => GroupNodePattern().Matches(one.Body).Select(match => match.Value)).Distinct(StringComparer.Ordinal),
        ];
        return new(KindOf(function, reach, calls), function.Name, function.NameAt, calls);
    }

    private static GroupingKind KindOf(SourceFunction function, ImmutableArray<SourceFunction> reach, ImmutableArray<string> calls)
    {
        bool Has(string name) => calls.Contains(name, StringComparer.Ordinal);

        if (Has("of_get_device_group") || calls.Any(call => call.StartsWith('"')))
        {
            return GroupingKind.GroupNode;
        }

        if (Has("s2crs") || Has("smendx"))
        {
            return GroupingKind.StreamMatch;
        }

        var looksUp = reach.Any(LooksUp);
        if (Has("pci_device_group"))
        {
            return Has("iommu_group_ref_get") || looksUp ? GroupingKind.Own : GroupingKind.PciRules;
        }

        if (reach.Any(TakesAnothersGroup))
        {
            // the other is found by the IOMMU, or nothing of how it is found stands here
            return reach.Where(one => one != function && LooksUp(one)).All(one => SameIommuPattern().IsMatch(one.Body))
                ? GroupingKind.EachIommu
                : GroupingKind.Own;
        }

        return looksUp ? GroupingKind.Own
            : reach.Any(KeepsOne) ? GroupingKind.EachIommu
            : Has("generic_single_device_group") || (Has("iommu_group_ref_get") && !Has("iommu_group_alloc")) ? GroupingKind.EachIommu
            : Has("iommu_group_ref_get") ? GroupingKind.Own
            : Has("generic_device_group") || Has("iommu_group_alloc") || function.Uses("iommu_group_get_for_dev") ? GroupingKind.EachDevice
            // what is given back is a member of the IOMMU's structure, and nothing else is looked at
            : function.Body.Contains("->group", StringComparison.Ordinal) ? GroupingKind.EachIommu
            : GroupingKind.Own;
    }

    /// <summary>Groups that are made while the tree is read or the IOMMU is found, and not when a device is.</summary>
    private static DriverGrouping Elsewhere(SourceFunctions functions)
    {
        var making = functions.All
            .Where(function => functions.Reach(function).Any(one => one.Uses("iommu_group_alloc")))
            .ToArray();
        var byNode = making.FirstOrDefault(ReadsReferences);
        var byIommu = making.FirstOrDefault(function => function.ParameterText.Contains("platform_device", StringComparison.Ordinal));
        var found = byNode ?? byIommu ?? making.FirstOrDefault();
        return found is null ? None
            : ByFunction(functions, found) with
            {
                Kind = byNode is not null ? GroupingKind.DomainNode : byIommu is not null ? GroupingKind.EachIommu : GroupingKind.Own,
            };
    }

    public static bool ReadsReferences(SourceFunction function) => ReferencePattern().IsMatch(function.Body);

    /// <summary>Whether a function that gives a group goes through a list or a table to find it.</summary>
    private static bool LooksUp(SourceFunction function) => LookUpPattern().IsMatch(function.Body)
        || (function.Returns.Contains("iommu_group", StringComparison.Ordinal) && LoopPattern().IsMatch(function.Body));

    /// <summary>Whether the first group that is made is kept in a structure, and given to all who come later.</summary>
    private static bool KeepsOne(SourceFunction function) => KeptPattern().Match(function.Body) is { Success: true } kept
        && Regex.IsMatch(function.Body, $@"{Regex.Escape(kept.Groups[1].Value)}\s*=[^=]");

    /// <summary>The group of a device that is not the one asked about.</summary>
    private static bool TakesAnothersGroup(SourceFunction function) => GetPattern().Matches(function.Body)
        .Any(get => !WordPattern().Matches(get.Groups[1].Value).Any(word => function.Parameters.Contains(word.Value, StringComparer.Ordinal)));

    [GeneratedRegex(@"\.device_group\s*=[^,}]*?(\w+)\s*[,}]")]
    private static partial Regex GroupPattern();

    [GeneratedRegex(@"\.add_device\s*=\s*(\w+)")]
    private static partial Regex AddPattern();

    [GeneratedRegex(@"\b(?:iommu_group_alloc|iommu_group_add_device|iommu_group_get_for_dev|iommu_group_ref_get|generic_\w*device_group)\b")]
    private static partial Regex MakingPattern();

    [GeneratedRegex(@"\b(?:of_parse_phandle\w*|of_for_each_phandle|of_phandle_iterator_\w+|fwnode_\w*reference\w*)\s*\(")]
    private static partial Regex ReferencePattern();

    [GeneratedRegex(@"\b(?:h?list_for_each\w*|hash_for_each\w*|idr_find|xa_load|radix_tree_lookup|rhashtable_lookup\w*|rb_entry\w*)\s*\(")]
    private static partial Regex LookUpPattern();

    [GeneratedRegex(@"\b(?:for|while)\s*\(")]
    private static partial Regex LoopPattern();

    [GeneratedRegex(@"\biommu_group_get\s*\(([^()]*)\)")]
    private static partial Regex GetPattern();

    [GeneratedRegex(@"mmu\b[^;\n]*==|==[^;\n]*mmu\b")]
    private static partial Regex SameIommuPattern();

    [GeneratedRegex(@"\biommu_group_ref_get\s*\(\s*(\w+(?:->\w+)*->\w*group)\s*\)")]
    private static partial Regex KeptPattern();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex WordPattern();

    [GeneratedRegex("\"[\\w-]+,iommu-group\"")]
    private static partial Regex GroupNodePattern();
}
