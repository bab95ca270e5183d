using System.Collections.Immutable;

namespace KernelBuild.Kconfig;

/// <summary>
/// The lines that make a configuration out of another one, or out of the kernel's own defaults, and none that can be left out, but for
/// symbols whose default is what a program of the host answers. What a symbol becomes without its line is evaluated by the kernel's
/// rules, with what depends on it.
/// </summary>
public sealed class KconfigMinimum
{
    private readonly KconfigModel _model;
    private readonly IReadOnlyDictionary<string, string> _base;
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);
    private readonly Dictionary<KconfigSymbol, string> _wanted = [];

    private KconfigMinimum(KconfigModel model, IReadOnlyDictionary<string, string> target, IReadOnlyDictionary<string, string> start)
    {
        _model = model;
        // symbols that nobody can set: what programs of the host answered, which the configuration says
        var answers = target.Where(pair => model.Find(pair.Key) is not { HasPrompt: true }).ToArray();
        var evaluation = new KconfigEvaluation(model, target);
        foreach (var symbol in model.Symbols.Values.Where(symbol => symbol.IsDeclared))
        {
            _wanted[symbol] = evaluation.Value(symbol);
        }

        _base = start.Count == 0 ? start : Completed(model, start, answers);
        foreach (var (name, value) in answers.Concat(_base))
        {
            _given[name] = value;
        }

        Others = [.. target.Where(pair => model.Find(pair.Key) is not { } symbol
                || (symbol.HasPrompt && _wanted[symbol] != pair.Value && !(_wanted[symbol].Length == 0 && pair.Value == "n")))
            .Select(pair => pair.Key).Order(StringComparer.Ordinal)];
        foreach (var symbol in _wanted.Keys.Where(symbol => symbol.HasPrompt && evaluation.VisibilityOf(symbol) != Tristate.No))
        {
            if (_base.GetValueOrDefault(symbol.Name) != _wanted[symbol])
            {
                _given[symbol.Name] = _wanted[symbol];
                Candidates.Add(symbol);
            }
        }
    }

    /// <summary>Symbols of the configuration that this kernel does not have, or that its rules give another value: it is another kernel's.</summary>
    public ImmutableArray<string> Others { get; }

    /// <summary>Name without CONFIG_ and value of each line, "n" for "is not set"; sorted.</summary>
    public ImmutableArray<(string Name, string Value)> Lines { get; private set; } = [];

    private List<KconfigSymbol> Candidates { get; } = [];

    /// <param name="target">The configuration, by name without CONFIG_.</param>
    /// <param name="start">The one that the lines are put into; empty for none.</param>
    /// <param name="progress">Called for each line that was tried: how many were, of how many.</param>
    public static KconfigMinimum Of(
        KconfigModel model, IReadOnlyDictionary<string, string> target, IReadOnlyDictionary<string, string> start,
        Action<int, int>? progress, CancellationToken cancellationToken)
    {
        var minimum = new KconfigMinimum(model, target, start);
        minimum.Reduce(progress, cancellationToken);
        return minimum;
    }

    /// <summary>
    /// What conf writes of a defconfig: a symbol that cannot be set, but has a value by its default, has a line too, and that line
    /// counts as soon as it can be set.
    /// </summary>
    private static Dictionary<string, string> Completed(
        KconfigModel model, IReadOnlyDictionary<string, string> start, IEnumerable<KeyValuePair<string, string>> answers)
    {
        var given = new Dictionary<string, string>(start, StringComparer.Ordinal);
        foreach (var (name, value) in answers)
        {
            given[name] = value;
        }

        var evaluation = new KconfigEvaluation(model, given);
        return model.Symbols.Values
            .Where(symbol => symbol is { IsDeclared: true, HasPrompt: true } && (evaluation.VisibilityOf(symbol) != Tristate.No || evaluation.Value(symbol) != "n"))
            .ToDictionary(symbol => symbol.Name, evaluation.Value, StringComparer.Ordinal);
    }

    private void Reduce(Action<int, int>? progress, CancellationToken cancellationToken)
    {
        var dependents = new KconfigDependents(_model);
        var kept = new List<KconfigSymbol>();
        // those that decide about few others first: what remains are the lines from which they follow
        var ordered = Candidates.OrderBy(dependents.CountOf).ThenBy(symbol => symbol.Name, StringComparer.Ordinal).ToArray();
        foreach (var (tried, symbol) in ordered.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke(tried, ordered.Length);
            if (_base.TryGetValue(symbol.Name, out var before))
            {
                _given[symbol.Name] = before;
            }
            else
            {
                _given.Remove(symbol.Name);
            }

            var evaluation = new KconfigEvaluation(_model, _given);
            if (KconfigEvaluation.IsAnsweredByHost(symbol) || !dependents.Closure(symbol).All(one => evaluation.Value(one) == _wanted[one]))
            {
                _given[symbol.Name] = _wanted[symbol];
                kept.Add(symbol);
            }
        }

        Lines = [.. kept.Select(symbol => (symbol.Name, _wanted[symbol])).OrderBy(line => line.Name, StringComparer.Ordinal)];
    }
}
