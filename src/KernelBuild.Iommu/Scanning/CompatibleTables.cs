using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>
/// The compatibles that bind a driver: those of its match tables. A table that the driver only searches the tree with, such as for a bus
/// that it has to switch on, binds nothing.
/// </summary>
internal static partial class CompatibleTables
{
    public static ImmutableArray<CompatibleSource> Of(SourceText source, SourceFunctions functions, bool hasDriver)
    {
        var tables = TablePattern().Matches(source.Text)
            .Where(table => functions.At(table.Index) is null)
            .Select(table => (Name: table.Groups[1].Value, table.Index, Uses: UsesOf(source.Text, table.Groups[1].Value)))
            .ToArray();
        var isBound = tables.Any(table => table.Uses.Binding > 0);
        var found = ImmutableArray.CreateBuilder<CompatibleSource>();
        foreach (var table in tables)
        {
            // arm-smmu-qcom.c also lists masters that it treats in a way of their own
            if (table.Name.Contains("client", StringComparison.Ordinal) || table.Uses.IsOnlySearch
                || (hasDriver && isBound && table.Uses.IsOnlyLookup))
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

    private static Uses UsesOf(string text, string table)
    {
        var (searches, lookups, binding) = (0, 0, 0);
        foreach (Match use in Regex.Matches(text, $@"\b{Regex.Escape(table)}\b(?!\s*\[\s*\])"))
        {
            var statement = text[(text.LastIndexOfAny([';', '{', '}'], Math.Max(0, use.Index - 1)) + 1)..use.Index];
            var isSearch = SearchPattern().IsMatch(statement);
            var isLookup = !isSearch && LookupPattern().IsMatch(statement);
            searches += isSearch ? 1 : 0;
            lookups += isLookup ? 1 : 0;
            binding += isSearch || isLookup ? 0 : 1;
        }

        return new Uses(searches, lookups, binding);
    }

    [GeneratedRegex(@"\bstruct\s+of_device_id\s+(\w+)\s*\[\s*\]\s*[\w\s()]*=\s*\{")]
    private static partial Regex TablePattern();

    [GeneratedRegex("\\.compatible\\s*=\\s*\"([^\"]+)\"")]
    private static partial Regex CompatiblePattern();

    [GeneratedRegex("\\bIOMMU_OF_DECLARE\\s*\\(\\s*\\w+\\s*,\\s*\"([^\"]+)\"")]
    private static partial Regex DeclarePattern();

    [GeneratedRegex(@"\b(?:of_find_matching_node|for_each_matching_node)\w*\s*\([^;]*$")]
    private static partial Regex SearchPattern();

    [GeneratedRegex(@"\b(?:of_match_node|of_match_device)\s*\([^;]*$")]
    private static partial Regex LookupPattern();

    /// <param name="Searches">For any node of the tree.</param>
    /// <param name="Lookups">What the table says of a node that is there.</param>
    /// <param name="Binding">All else, such as of_match_table.</param>
    private readonly record struct Uses(int Searches, int Lookups, int Binding)
    {
        public bool IsOnlySearch => Searches > 0 && Lookups + Binding == 0;

        public bool IsOnlyLookup => Lookups > 0 && Binding == 0;
    }
}
