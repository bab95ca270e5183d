using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace KernelBuild.Iommu.Scanning;

/// <summary>What one C source says of IOMMUs.</summary>
/// <param name="Tables">Compatibles of its match tables.</param>
internal sealed partial record DriverScan(
    string File, ImmutableArray<IommuDriverSource> Drivers, ImmutableArray<CompatibleSource> Tables,
    ImmutableArray<PropertyReadSource> Reads)
{
    /// <summary>Null when there is nothing of the kind in it.</summary>
    public static DriverScan? Of(string file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("iommu"u8) < 0 && bytes.IndexOf("smmu"u8) < 0)
        {
            return null;
        }

        var source = new SourceText(file, bytes);
        var functions = new SourceFunctions(source);
        var drivers = OperationsPattern().Matches(source.Text).Select(match => Driver(source, functions, match)).ToImmutableArray();
        var reads = new PropertyReads(source, functions).All();
        var tables = drivers.IsEmpty && !file.Contains("/iommu/", StringComparison.Ordinal)
            ? []
            : CompatibleTables.Of(source, functions, !drivers.IsEmpty);
        return drivers.IsEmpty && reads.IsEmpty && tables.IsEmpty ? null : new DriverScan(file, drivers, tables, reads);
    }

    private static IommuDriverSource Driver(SourceText source, SourceFunctions functions, Match operations)
    {
        var place = source.PlaceOf(operations.Index);
        var grouping = DriverGrouping.Of(functions, source.Text[operations.Index..source.EndOfBlock(operations.Index)]);
        return new(
            operations.Groups[1].Value, place, grouping.Function,
            grouping.At is { } at ? source.PlaceOf(at) : Named(source, operations, grouping.Function), grouping.Kind, grouping.Calls, []);
    }

    /// <summary>Where the operations name the function that groups; they themselves when they name none.</summary>
    private static SourcePlace Named(SourceText source, Match operations, string function)
    {
        var at = function.Length == 0 ? -1 : source.Text.IndexOf(function, operations.Index, StringComparison.Ordinal);
        return source.PlaceOf(at < 0 ? operations.Index : at);
    }

    [GeneratedRegex(@"\bstruct\s+iommu_ops\s+(\w+)(?:\s+__\w+)*\s*=\s*\{")]
    private static partial Regex OperationsPattern();
}
