using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// The properties of the device tree that a source reads: names that are an argument of a function which reads one, directly, or through a
/// variable, a table, a macro or a function of the source. A name that a compatible or a node is compared with is no property.
/// </summary>
internal sealed partial class PropertyReads(SourceText source, SourceFunctions functions)
{
    private const int DeepestHandOver = 3;

    private readonly Lazy<bool> _makesGroups = new(() =>
        CorePattern().IsMatch(source.PlaceOf(0).File) || GroupMakerPattern().IsMatch(source.Text));

    /// <summary>In the order of the source.</summary>
    public ImmutableArray<PropertyReadSource> All() =>
    [
        .. PropertyPattern().Matches(source.Text).Select(Read).Concat(References()).OfType<PropertyReadSource>()
            .DistinctBy(read => (read.Property, read.Place, read.Function)).OrderBy(read => read.Place.Line),
    ];

    /// <summary>A list of references by which groups are made, whatever it is called.</summary>
    private IEnumerable<PropertyReadSource> References() =>
        from function in functions.All
        where DriverGrouping.ReadsReferences(function) && functions.Reach(function).Any(DriverGrouping.MakesGroups)
        let start = function.End - function.Body.Length
        from Match match in LiteralPattern().Matches(function.Body)
        where CallAround(start + match.Index) is { } call && ReferencePattern().IsMatch(call.Name)
            && !match.Groups[1].Value.StartsWith('#')
        select new PropertyReadSource(
            match.Groups[1].Value, source.PlaceOf(start + match.Index), CallAround(start + match.Index)!.Value.Name, function.Name, true);

    private PropertyReadSource? Read(Match property)
    {
        var name = property.Groups[1].Value;
        var around = functions.At(property.Index)?.Name ?? source.FunctionAround(property.Index);
        var found = CallAround(property.Index) is { } call
            ? ReaderPattern().IsMatch(call.Name) ? (call.Name, around)
                : HandedTo(call.Name, call.Argument, 0) is { } inner ? (inner.Reader, around) : null
            : HolderOf(property.Index) is { } holder ? ReaderOf(holder.Name, holder.Scope, 0) : ((string, string)?)null;
        return found is not { } reader ? null
            : new(name, source.PlaceOf(property.Index), reader.Item1, reader.Item2, Decides(name));
    }

    /// <summary>Where it is read counts, too: a network card's driver looks at the same properties, for its DMA masks say.</summary>
    private bool Decides(string name) => (name.EndsWith(",iommu-group", StringComparison.Ordinal)
        || name is "iommu-map" or "iommu-map-mask" or "iommus" or "stream-match-mask") && _makesGroups.Value;

    /// <summary>
    /// The call among whose arguments a place is, the innermost one of a function; and which argument it is, from 0. Null when there is
    /// none in
    /// the statement.
    /// </summary>
    private (string Name, int Argument)? CallAround(int offset)
    {
        var (depth, argument) = (0, 0);
        for (var at = offset - 1; at >= 0 && source.Text[at] is not (';' or '{' or '}'); at--)
        {
            switch (source.Text[at])
            {
                case ')':
                    depth++;
                    break;
                case '(' when depth > 0:
                    depth--;
                    break;
                case ',' when depth == 0:
                    argument++;
                    break;
                case '(':
                    var name = NameBeforePattern().Match(source.Text[Math.Max(0, at - 80)..at]).Groups[1].Value;
                    if (name.Any(char.IsAsciiLetterLower))
                    {
                        return (name, argument);
                    }

                    // a parenthesis of its own, or a macro
                    argument = 0;
                    break;
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>The variable, table or macro whose value a string is; with the text in which that name means this one.</summary>
    private (string Name, string Scope)? HolderOf(int offset)
    {
        var line = source.Text[(source.Text.LastIndexOf('\n', offset) + 1)..offset];
        if (DefinePattern().Match(line) is { Success: true } define)
        {
            return (define.Groups[1].Value, source.Text);
        }

        var depth = 0;
        for (var at = offset - 1; at > 0 && !(source.Text[at] == ';' && depth == 0); at--)
        {
            depth += source.Text[at] == '}' ? 1 : source.Text[at] == '{' && depth > 0 ? -1 : 0;
            if (source.Text[at] == '=' && depth == 0 && source.Text[at - 1] is not ('=' or '!' or '<' or '>')
                && VariablePattern().Match(source.Text[Math.Max(0, at - 120)..at]) is { Success: true } variable)
            {
                return (variable.Groups[1].Value, functions.At(offset)?.Body ?? source.Text);
            }
        }

        return null;
    }

    /// <summary>What reads the property whose name an identifier holds, and in which function.</summary>
    private (string Reader, string Function)? ReaderOf(string identifier, string scope, int depth)
    {
        string[] names =
        [
            identifier,
            .. Regex.Matches(scope, $@"\b(\w+)\s*=\s*&?\s*{Regex.Escape(identifier)}\b").Select(alias => alias.Groups[1].Value),
        ];
        var word = $@"\b(?:{string.Join('|', names.Select(Regex.Escape))})\b";
        foreach (Match call in CallPattern().Matches(scope))
        {
            var arguments = SourceFunctions.Arguments(Balanced(scope, call.Index + call.Length)).ToArray();
            var at = Array.FindIndex(arguments, argument => Regex.IsMatch(argument, word));
            if (at < 0)
            {
                continue;
            }

            var name = call.Groups[1].Value;
            if (ReaderPattern().IsMatch(name))
            {
                return (name, functions.All.FirstOrDefault(function => function.Body.Contains(call.Value, StringComparison.Ordinal)
                    && Regex.IsMatch(function.Body, word))?.Name ?? "");
            }

            if (HandedTo(name, at, depth + 1) is { } inner)
            {
                return inner;
            }
        }

        return null;
    }

    /// <summary>A function of this source that is given the name as an argument.</summary>
    private (string Reader, string Function)? HandedTo(string name, int argument, int depth) =>
        depth < DeepestHandOver && functions.Find(name) is { } function && argument < function.Parameters.Length
            && function.Parameters[argument].Length > 0
            ? ReaderOf(function.Parameters[argument], function.Body, depth + 1)
            : null;

    private static string Balanced(string text, int from)
    {
        var depth = 1;
        for (var at = from; at < text.Length; at++)
        {
            depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
            if (depth == 0)
            {
                return text[from..at];
            }
        }

        return text[from..];
    }

    [GeneratedRegex(
        "\"([\\w#-]+,iommu-[\\w-]+|iommu-map|iommu-map-mask|iommus|stream-match-mask|[\\w-]+,smmu[\\w-]*|mmu-masters|#iommu-cells)\"")]
    private static partial Regex PropertyPattern();

    /// <summary>include/linux/of.h, property.h: not the functions that compare compatibles or names of nodes.</summary>
    [GeneratedRegex(@"^(?:of|device|fwnode|dev)_\w*(?:propert|phandle|reference|map_id|map_rid|with_property)\w*$")]
    private static partial Regex ReaderPattern();

    [GeneratedRegex(@"^(?:of_parse_phandle\w*|of_for_each_phandle|of_phandle_iterator_\w+|fwnode_\w*reference\w*)$")]
    private static partial Regex ReferencePattern();

    /// <summary>Where devices are brought to their IOMMU and its groups.</summary>
    [GeneratedRegex("(?:^|/)drivers/(?:iommu|of|acpi|base|pci|bus/fsl-mc)/")]
    private static partial Regex CorePattern();

    [GeneratedRegex(@"\bstruct\s+iommu_ops\b|\biommu_group_(?:alloc|add_device|ref_get)\b|\bpci_device_group\b|\bgeneric_device_group\b")]
    private static partial Regex GroupMakerPattern();

    [GeneratedRegex("\"([\\w#,-]+)\"")]
    private static partial Regex LiteralPattern();

    [GeneratedRegex(@"([A-Za-z_]\w*)\s*$")]
    private static partial Regex NameBeforePattern();

    [GeneratedRegex(@"^\s*#\s*define\s+(\w+)\s")]
    private static partial Regex DefinePattern();

    [GeneratedRegex(@"(?<![.\w>])(\w+)\s*(?:\[[^\]]*\]\s*)*(?:__\w+\s*)*$")]
    private static partial Regex VariablePattern();

    [GeneratedRegex(@"\b([a-z_]\w*)\s*\(")]
    private static partial Regex CallPattern();
}
