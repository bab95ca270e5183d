using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.KernelImages.Configuration;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Inspection;
using KernelBuild.KernelImages.Modules;
using KernelBuild.KernelImages.Properties;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.KernelImages.Differences;

/// <summary>Compares two kernels by what they do, not by their bytes.</summary>
public static class KernelComparison
{
    /// <summary>Symbols of code that no source has: of the linker, of macros, of compilers, and second names of the early code.</summary>
    private static readonly string[] _generated = ["$", ".L", "__UNIQUE_ID", "__initcall", "__initstub", "__cfi_", "__pi_", "__efistub_", "__kvm_nvhe_$", "__typeid__"];

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006, of either.</exception>
    public static KernelDifference Of(KernelImage from, KernelImage to)
    {
        var configurations = (From: Options(from), To: Options(to));
        var isEmbedded = configurations.From is not null && configurations.To is not null;
        var options = isEmbedded ? (configurations.From!, configurations.To!) : (Inferred(from), Inferred(to));
        var (operations, source) = OperationComparison.Of(from, to);
        var (layouts, layoutSource) = LayoutComparison.Of(from, to);
        return new KernelDifference(
            KernelFacts.Of(from), KernelFacts.Of(to), isEmbedded ? "embedded" : "inferred", Compare(options.Item1, options.Item2),
            [.. Compare(Functions(from), Functions(to)).Select(pair => new NameDifference(pair.Item, pair.IsAdded))],
            Compare(Properties(from), Properties(to)),
            [.. Compare(Entries(from), Entries(to)).Select(pair => new TableDifference(pair.Item.Table, pair.Item.Entry, pair.IsAdded))],
            operations, source, layouts, layoutSource);
    }

    /// <summary>The items of one side only, those that went first.</summary>
    internal static IEnumerable<(T Item, bool IsAdded)> Compare<T>(IReadOnlySet<T> from, IReadOnlySet<T> to) =>
        from.Where(item => !to.Contains(item)).Order().Select(item => (item, false))
            .Concat(to.Where(item => !from.Contains(item)).Order().Select(item => (item, true)));

    private static ImmutableArray<OptionDifference> Compare(ImmutableDictionary<string, string> from, ImmutableDictionary<string, string> to) =>
    [
        .. from.Keys.Union(to.Keys).Order(StringComparer.Ordinal)
            .Select(name => new OptionDifference(name, from.GetValueOrDefault(name), to.GetValueOrDefault(name)))
            .Where(option => option.From != option.To),
    ];

    private static ImmutableArray<PropertyDifference> Compare(ILookup<string, string> from, ILookup<string, string> to) =>
    [
        .. from.Where(property => !to.Contains(property.Key)).OrderBy(property => property.Key, StringComparer.Ordinal)
            .Select(property => new PropertyDifference(property.Key, [.. property.Order(StringComparer.Ordinal)], false)),
        .. to.Where(property => !from.Contains(property.Key)).OrderBy(property => property.Key, StringComparer.Ordinal)
            .Select(property => new PropertyDifference(property.Key, [.. property.Order(StringComparer.Ordinal)], true)),
    ];

    private static ImmutableDictionary<string, string>? Options(KernelImage image) =>
        EmbeddedConfiguration.TryRead(image.Bytes, out var text, out _)
        ? ModuleConfiguration.Parse(Encoding.UTF8.GetString(text.Span)).Values
        : null;

    private static ImmutableDictionary<string, string> Inferred(KernelImage image) => InferredConfiguration.Of(image)
        .GroupBy(option => option.Name, StringComparer.Ordinal)
        .ToImmutableDictionary(group => group.Key, group => group.Last().Value, StringComparer.Ordinal);

    private static SortedSet<string> Functions(KernelImage image)
    {
        var symbols = image.ReadSymbols();
        return new SortedSet<string>(
            Enumerable.Range(0, symbols.Count).Select(index => symbols[index]).Where(symbol => symbol.IsCode).Select(symbol => SourceName.Of(symbol.Name))
                .Where(name => !Array.Exists(_generated, prefix => name.StartsWith(prefix, StringComparison.Ordinal))),
            StringComparer.Ordinal);
    }

    private static ILookup<string, string> Properties(KernelImage image) => new PropertySearch(image).Find()
        .SelectMany(read => read.Properties.Select(property => (Property: property, Function: SourceName.Of(read.Function))))
        .Distinct()
        .ToLookup(pair => pair.Property, pair => pair.Function, StringComparer.Ordinal);

    private static HashSet<(string Table, string Entry)> Entries(KernelImage image)
    {
        var tables = RecoveredTables.Of(image);
        return
        [
            .. tables.IsolationQuirks.Select(entry => ("pci_dev_acs_enabled", Entry(entry.Vendor, entry.Device, entry.Handler))),
            .. tables.AcsModes.Select(entry => ("pci_dev_enable_acs", Entry(entry.Vendor, entry.Device, entry.Enable))),
            .. tables.DmaAliases.Select(entry => ("DMA aliases", Entry(entry.Vendor, entry.Device, entry.Handler))),
            .. tables.Matches.SelectMany(table => table.Entries.Select(entry => (table.Driver.Length > 0 ? "driver " + table.Driver
                : table.Name.Length > 0 ? table.Name : "match table", entry.Compatible))),
        ];
    }

    private static string Entry(ushort vendor, ushort device, string handler) =>
        string.Create(CultureInfo.InvariantCulture, $"{vendor:x4}:{device:x4} {SourceName.Of(handler)}");
}
