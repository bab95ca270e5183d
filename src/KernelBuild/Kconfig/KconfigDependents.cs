namespace KernelBuild.Kconfig;

/// <summary>For each symbol, those whose value can change when its own does.</summary>
internal sealed class KconfigDependents
{
    private readonly Dictionary<KconfigSymbol, HashSet<KconfigSymbol>> _direct = [];

    public KconfigDependents(KconfigModel model)
    {
        foreach (var symbol in model.Symbols.Values.Where(symbol => symbol.IsDeclared))
        {
            foreach (var cause in Causes(symbol))
            {
                Add(cause, symbol);
            }

            // without modules a tristate is a bool
            if (model.Modules is { } modules && symbol.Type == KconfigType.Tristate)
            {
                Add(modules, symbol);
            }
        }
    }

    /// <summary>How many depend on it directly.</summary>
    public int CountOf(KconfigSymbol symbol) => _direct.TryGetValue(symbol, out var of) ? of.Count : 0;

    /// <summary>The symbol itself, then those that depend on it, the nearest first.</summary>
    public IEnumerable<KconfigSymbol> Closure(KconfigSymbol symbol)
    {
        var seen = new HashSet<KconfigSymbol> { symbol };
        var queue = new Queue<KconfigSymbol>(seen);
        while (queue.TryDequeue(out var next))
        {
            yield return next;
            foreach (var dependent in _direct.GetValueOrDefault(next, []))
            {
                if (seen.Add(dependent))
                {
                    queue.Enqueue(dependent);
                }
            }
        }
    }

    private static IEnumerable<KconfigSymbol> Causes(KconfigSymbol symbol)
    {
        var entries = symbol.Entries.SelectMany(Causes);
        var others = symbol.Selections.Concat(symbol.Implications).SelectMany(one => Of(one.Condition).Append(one.Selector));
        var choice = symbol.Choice is { } of ? Causes(of.Entry).Concat(of.Members) : [];
        return entries.Concat(others).Concat(choice);
    }

    private static IEnumerable<KconfigSymbol> Causes(KconfigEntry entry) => Of(entry.Depends)
        .Concat(entry.Prompts.SelectMany(prompt => Of(prompt.Condition)))
        .Concat(entry.Defaults.SelectMany(one => Of(one.Value).Concat(Of(one.Condition))))
        .Concat(entry.Ranges.SelectMany(range => Of(range.Condition).Append(range.Least).Append(range.Greatest)));

    private static IEnumerable<KconfigSymbol> Of(KconfigExpression? expression) => expression?.Symbols ?? [];

    private void Add(KconfigSymbol cause, KconfigSymbol symbol)
    {
        if (!cause.IsConstant && cause != symbol)
        {
            (_direct.TryGetValue(cause, out var of) ? of : _direct[cause] = []).Add(symbol);
        }
    }
}
