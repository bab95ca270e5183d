using System.Globalization;
using System.Runtime.CompilerServices;
using KernelBuild.Diagnostics;

namespace KernelBuild.Kconfig;

/// <summary>What would have to be set for a condition to hold, down to symbols that a person can set.</summary>
internal sealed class KconfigNeeds
{
    /// <summary>Ways that are tried, all in all: symbols that hundreds select lead to each other.</summary>
    private const int MostTrials = 4000;

    private const int Deepest = 24;
    private const int MostSteps = 40;
    private const string Prefix = "CONFIG_";
    private readonly KconfigEvaluation _evaluation;
    private readonly HashSet<KconfigSymbol> _open;
    private readonly StrongBox<int> _trials;

    public KconfigNeeds(KconfigEvaluation evaluation)
        : this(evaluation, [], new StrongBox<int>())
    {
    }

    private KconfigNeeds(KconfigEvaluation evaluation, HashSet<KconfigSymbol> open, StrongBox<int> trials) =>
        (_evaluation, _open, _trials) = (evaluation, open, trials);

    /// <summary>Lines for a person, with two blanks for each level.</summary>
    public List<string> Steps { get; } = [];

    /// <summary>CONFIG_X=y and the like, each once, in the order in which they are needed.</summary>
    public List<string> Settings { get; } = [];

    /// <summary>False when something is needed that nobody can set.</summary>
    public bool IsPossible { get; private set; } = true;

    /// <summary>Adds what a condition lacks.</summary>
    /// <param name="expression">Null for no condition.</param>
    /// <param name="wanted">How far it must hold.</param>
    /// <param name="depth">Of the lines.</param>
    public void Add(KconfigExpression? expression, Tristate wanted, int depth)
    {
        if (expression is null || _evaluation.Evaluate(expression) >= wanted || depth > Deepest)
        {
            return;
        }

        switch (expression.Operator)
        {
            case KconfigOperator.And:
                Add(expression.Left, wanted, depth);
                Add(expression.Right, wanted, depth);
                break;
            case KconfigOperator.Or:
                AddCheapest([expression.Left!, expression.Right!], wanted, depth);
                break;
            case KconfigOperator.Symbol:
                AddSymbol(expression.Symbol!, wanted, depth);
                break;
            case KconfigOperator.Not:
                AddNot(expression.Left!, depth);
                break;
            default:
                AddComparison(expression, depth);
                break;
        }
    }

    /// <summary>Adds what a symbol lacks to be on: its prompt's conditions, or somebody who selects it.</summary>
    public void AddSymbol(KconfigSymbol symbol, Tristate wanted, int depth)
    {
        if (symbol.IsConstant || !symbol.IsDeclared)
        {
            Impossible(depth, symbol.IsConstant ? $"'{symbol}' is never true here" : $"{Prefix}{symbol} is declared nowhere in this kernel");
            return;
        }

        if (!_open.Add(symbol) || Steps.Count > MostSteps)
        {
            return;
        }

        Say(depth, $"{Prefix}{symbol} is {_evaluation.Value(symbol)} ({Place(symbol)})");
        if (symbol.HasPrompt)
        {
            AddPrompt(symbol, wanted, depth + 1);
            Set(symbol, wanted == Tristate.Module && symbol.Type == KconfigType.Tristate ? "m" : "y");
        }
        else
        {
            AddSource(symbol, wanted, depth + 1);
        }

        _open.Remove(symbol);
    }

    /// <summary>What hides the prompt of a symbol: of several prompts the one that lacks least.</summary>
    public void AddPrompt(KconfigSymbol symbol, Tristate wanted, int depth)
    {
        if (symbol.Choice is { } choice && _evaluation.ChosenOf(choice) is { } other && !ReferenceEquals(other, symbol))
        {
            Say(depth, $"{Prefix}{other} is on in the same choice{Named(choice)}");
            Set(other, "n");
        }

        var conditions = symbol.Entries.SelectMany(entry => entry.Prompts).Select(prompt => prompt.Condition).ToArray();
        if (!Array.Exists(conditions, condition => _evaluation.Evaluate(condition) >= wanted))
        {
            AddCheapest([.. conditions.OfType<KconfigExpression>()], wanted, depth);
        }
    }

    private static string Named(KconfigChoice choice) =>
        choice.Entry.Prompts is [var prompt, ..] ? $" \"{prompt.Text}\" ({choice.Entry.File}:{choice.Entry.Line})" : $" ({choice.Entry.File}:{choice.Entry.Line})";

    private static string Place(KconfigSymbol symbol) => $"{symbol.Entries[0].File}:{symbol.Entries[0].Line}";

    /// <summary>Without a prompt: a default whose condition can be met, or a symbol that selects it.</summary>
    private void AddSource(KconfigSymbol symbol, Tristate wanted, int depth)
    {
        KconfigExpression[] ways =
        [
            .. symbol.Entries.SelectMany(entry => entry.Defaults).Where(one => one.Value.Symbol is not { IsConstant: true, Name: "n" })
                .Select(one => KconfigExpression.And(one.Condition, one.Value)!),
            .. symbol.Selections.Select(selection => KconfigExpression.And(KconfigExpression.Of(selection.Selector), selection.Condition)!),
        ];
        if (ways.Length == 0)
        {
            Impossible(depth, "it has no prompt, no default, and nothing selects it");
            return;
        }

        Say(depth, symbol.Selections.Count > 0
            ? string.Create(CultureInfo.InvariantCulture, $"it has no prompt: {Names(symbol.Selections)} {(symbol.Selections.Count == 1 ? "selects" : "select")} it")
            : "it has no prompt, and follows what its default says");
        AddCheapest(ways, wanted, depth);
    }

    private static string Names(IReadOnlyList<KconfigSelection> selections)
    {
        const int most = 4;
        var names = selections.Select(selection => Prefix + selection.Selector.Name).Distinct(StringComparer.Ordinal).ToArray();
        return Counted.Names(names, most);
    }

    private void AddCheapest(IReadOnlyList<KconfigExpression> ways, Tristate wanted, int depth)
    {
        KconfigNeeds? best = null;
        foreach (var way in ways.Take(MostSteps))
        {
            if (++_trials.Value > MostTrials)
            {
                break;
            }

            var trial = new KconfigNeeds(_evaluation, [.. _open], _trials);
            trial.Add(way, wanted, depth);
            if (best is null || trial.Cost < best.Cost)
            {
                best = trial;
            }
        }

        if (best is null)
        {
            IsPossible = false;
        }
        else
        {
            Steps.AddRange(best.Steps);
            Settings.AddRange(best.Settings.Except(Settings).ToArray());
            IsPossible &= best.IsPossible;
        }
    }

    /// <summary>A way through something that nobody can set is worse than any number of settings.</summary>
    private int Cost => Settings.Count + (IsPossible ? 0 : 1000) + (Steps.Count == 0 ? 500 : 0);

    private void AddNot(KconfigExpression expression, int depth)
    {
        if (expression is { Operator: KconfigOperator.Symbol, Symbol: { IsConstant: false } symbol })
        {
            Say(depth, $"{Prefix}{symbol} is {_evaluation.Value(symbol)}, and must be off{(symbol.IsDeclared ? $" ({Place(symbol)})" : "")}");
            if (_evaluation.SelectedTo(symbol) != Tristate.No)
            {
                foreach (var selection in symbol.Selections.Where(one => _evaluation.Evaluate(KconfigExpression.Of(one.Selector)) != Tristate.No
                    && _evaluation.Evaluate(one.Condition) != Tristate.No))
                {
                    Say(depth + 1, $"{Prefix}{selection.Selector} selects it ({selection.File}:{selection.Line})");
                    Set(selection.Selector, "n");
                }
            }

            IsPossible &= symbol.HasPrompt || _evaluation.SelectedTo(symbol) != Tristate.No;
            Set(symbol, "n");
        }
        else
        {
            Impossible(depth, $"'{expression}' must not hold, and does");
        }
    }

    private void AddComparison(KconfigExpression expression, int depth)
    {
        var symbol = expression.Left!.Symbol!;
        if (symbol.IsConstant || !symbol.IsDeclared)
        {
            Impossible(depth, $"'{expression}' does not hold");
            return;
        }

        Say(depth, $"'{expression}' does not hold: {Prefix}{symbol} is {_evaluation.Value(symbol)} ({Place(symbol)})");
        if (expression.Operator == KconfigOperator.Equal && symbol.HasPrompt)
        {
            Set(symbol, expression.Right!.Symbol!.Name);
        }
        else if (expression.Operator == KconfigOperator.Equal && expression.Right!.Symbol!.Name is "y" or "m")
        {
            AddSymbol(symbol, Tristate.Yes, depth + 1);
        }
        else if (expression.Operator == KconfigOperator.Unequal && expression.Right!.Symbol!.Name == "n")
        {
            AddSymbol(symbol, Tristate.Module, depth + 1);
        }
        else
        {
            IsPossible = false;
        }
    }

    private void Impossible(int depth, string text)
    {
        Say(depth, text);
        IsPossible = false;
    }

    private void Say(int depth, string text)
    {
        if (Steps.Count <= MostSteps)
        {
            Steps.Add(new string(' ', 2 * depth) + text);
        }
    }

    private void Set(KconfigSymbol symbol, string value)
    {
        var line = $"{Prefix}{symbol.Name}={value}";
        if (!Settings.Contains(line))
        {
            Settings.Add(line);
        }
    }
}
