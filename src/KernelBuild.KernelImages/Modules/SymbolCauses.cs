using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Modules;

/// <summary>Why a symbol is not there, or has another type: from whatever besides the kernel there is to look at.</summary>
public sealed record SymbolCauses
{
    /// <summary>Lists of the kernel module interface.</summary>
    public ImmutableArray<KmiSymbolList> Lists { get; init; } = [];

    /// <summary>What the source says of exported symbols, by name; null without a source.</summary>
    public IReadOnlyDictionary<string, string>? Source { get; init; }

    /// <summary>The kernel that the modules were made for.</summary>
    public KernelInterface? Stock { get; init; }

    /// <summary>What genksyms saw of the types in the kernel that the modules were made for, and in the new one; null when it is not given.</summary>
    public (SymbolTypes Then, SymbolTypes Now)? Symtypes { get; init; }

    /// <summary>The patches of the build, in their order.</summary>
    public ImmutableArray<PatchEffect> Patches { get; init; } = [];

    /// <summary>What can be said of a symbol that the kernel does not export, as parts of a sentence.</summary>
    public string OfMissing(string symbol)
    {
        List<string> parts = [.. Lists
            .Where(list => list.Symbols.Contains(symbol))
            .Select(list => $"the KMI list {list.File} promises it, so the kernel must export it")];
        parts.AddRange(Patches.Where(patch => patch.RemovedExports.Contains(symbol)).Select(patch => $"{patch.Patch} takes its export out"));
        parts.AddRange(Patches
            .Where(patch => !patch.RemovedExports.Contains(symbol) && patch.RenamedOrRemoved.Contains(symbol))
            .Select(patch => $"{patch.Patch} takes the function out"));
        if (Source is not null)
        {
            parts.Add(Source.GetValueOrDefault(symbol) ?? "no file of the source exports it: a symbol of the vendor's, or one that a "
                + "patch took out");
        }

        if (Stock is { Exports.IsDefault: false } stock)
        {
            parts.Add(stock.Exports.Any(export => export.Name == symbol)
                ? "the stock kernel exports it"
                : "the stock kernel does not export it either: a module does");
        }

        return parts.Count > 0
            ? string.Join("; ", parts)
            : "find the file that exports it with git grep -n 'EXPORT_SYMBOL.*(" + symbol + ")' in the tree, or give the tree with --tree";
    }

    /// <summary>What can be said of a symbol with another checksum.</summary>
    public string OfChanged(string symbol, KernelInterface kernel)
    {
        var types = OfTypes(symbol, kernel);
        var named = Patches.SelectMany(patch => patch.ChangedTypes.Select(type => (patch.Patch, Type: type))).ToArray();
        var guilty = named.Where(one => types.Contains($" {one.Type} ", StringComparison.Ordinal)).ToArray();
        return guilty.Length > 0
            ? $"{types}; {string.Join(", ", guilty.Select(one => $"{one.Patch} changes {one.Type}"))}"
            : named.Length > 0 && !types.StartsWith(Since, StringComparison.Ordinal)
                ? $"{types}; of the patches, {string.Join(", ", named.Select(one => $"{one.Patch} changes {one.Type}"))}"
                : types;
    }

    private const string Since = "since the stock kernel";

    private string OfTypes(string symbol, KernelInterface kernel)
    {
        // the checksum was made of these: what differs in them is the cause, where types (BTF) can only come near
        if (Symtypes is { } symtypes)
        {
            return SymbolTypes.Difference(symtypes.Then, symtypes.Now, symbol) is { } exact
                ? $"{Since} {exact}"
                : $"the .symtypes files of both kernels show no difference for {symbol}, or do not have it: make them for the file that exports it";
        }

        if (Stock is not null && kernel.Types is { } now && Stock.Types is { } then)
        {
            return TypeDifference.Of(then, now, symbol) is { } difference
                ? $"{Since} {difference}"
                : "the types (BTF) of both kernels show no difference for it: compare .symtypes, " + SymtypesOf(symbol);
        }

        return Stock is null
            ? "give the stock kernel with --stock, when both have types (BTF), to have the changed type named; else compare .symtypes, "
                + SymtypesOf(symbol)
            : $"the {(kernel.Types is null ? "new" : "stock")} kernel has no types (BTF): compare .symtypes, " + SymtypesOf(symbol);
    }

    private static string SymtypesOf(string symbol) =>
        $"which make FILE.symtypes writes in both trees for the file that exports {symbol} (--symtypes, --stock-symtypes)";
}
