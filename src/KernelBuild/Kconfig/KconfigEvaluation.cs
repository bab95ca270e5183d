namespace KernelBuild.Kconfig;

/// <summary>
/// The values that symbols have when some are set by a person: what conf makes of a .config. Each is found when it is asked for, from what it
/// depends on. Source: Documentation/kbuild/kconfig-language.rst; where that says nothing, what conf of Linux 4.14 to 7.x does.
/// </summary>
public sealed class KconfigEvaluation
{
    private readonly KconfigModel _model;
    private readonly IReadOnlyDictionary<string, string> _given;
    private readonly Dictionary<KconfigSymbol, KconfigState> _states = [];
    private readonly Dictionary<KconfigChoice, KconfigChoiceState> _choices = [];

    /// <param name="model">The kernel's symbols.</param>
    /// <param name="given">Values that were set, by name without CONFIG_, as .config writes them; "n" for "is not set".</param>
    public KconfigEvaluation(KconfigModel model, IReadOnlyDictionary<string, string> given) => (_model, _given) = (model, given);

    public KconfigModel Model => _model;

    /// <summary>The value as .config writes it; "n" for what is off, and for a number or text that no line would name.</summary>
    public string Value(KconfigSymbol symbol) => TypeOf(symbol) switch
    {
        _ when symbol.IsLeftOut || symbol.IsTransitional => "n",
        KconfigType.Boolean or KconfigType.Tristate => Letter(State(symbol).Tristate),
        KconfigType.Text => State(symbol).IsWritten ? '"' + Escaped(State(symbol).Text) + '"' : "n",
        KconfigType.Unknown => symbol.IsConstant ? symbol.Name : "n",
        _ => State(symbol).IsWritten ? State(symbol).Text : "n",
    };

    /// <summary>How far a person can set it: not at all, to m, to y.</summary>
    public Tristate VisibilityOf(KconfigSymbol symbol) => State(symbol).Visible;

    /// <summary>What others that are on force it to at least.</summary>
    public Tristate SelectedTo(KconfigSymbol symbol) => State(symbol).Selected;

    /// <summary>Whether the conditions of its declarations hold, whatever its prompts say.</summary>
    public Tristate DependenciesOf(KconfigSymbol symbol) => State(symbol).Dependencies;

    /// <summary>The member of a choice that is on; null for none.</summary>
    public KconfigSymbol? ChosenOf(KconfigChoice choice)
    {
        // only when it is asked for: whether a member is a bool follows from the mode alone, and what members depend on may ask that
        var state = State(choice);
        if (state is { Mode: Tristate.Yes, IsSettled: false })
        {
            state.IsSettled = true;
            state.Chosen = Chosen(choice);
        }

        return state.Chosen;
    }

    /// <summary>Whether a condition holds; m in it is off where there are no modules.</summary>
    public Tristate Evaluate(KconfigExpression? expression) => Evaluate(expression, isValue: false);

    /// <param name="isValue">Of a default, where m is m, and becomes y with the type of the symbol.</param>
    private Tristate Evaluate(KconfigExpression? expression, bool isValue) => expression is null ? Tristate.Yes : expression.Operator switch
    {
        KconfigOperator.Symbol => TristateOf(expression.Symbol!, isValue),
        KconfigOperator.Not => (Tristate)(Tristate.Yes - Evaluate(expression.Left, isValue)),
        KconfigOperator.And => Least(Evaluate(expression.Left, isValue), Evaluate(expression.Right, isValue)),
        KconfigOperator.Or => Greatest(Evaluate(expression.Left, isValue), Evaluate(expression.Right, isValue)),
        _ => Compare(expression) ? Tristate.Yes : Tristate.No,
    };

    /// <summary>Without modules a tristate is a bool.</summary>
    public KconfigType TypeOf(KconfigSymbol symbol) => symbol.Type switch
    {
        KconfigType.Tristate when symbol.Choice is { } choice && State(choice).Mode == Tristate.Yes => KconfigType.Boolean,
        KconfigType.Tristate when ModulesOf() == Tristate.No => KconfigType.Boolean,
        var type => type,
    };

    /// <summary>The range that a number must be in; null for none.</summary>
    public (string Least, string Greatest)? RangeOf(KconfigSymbol symbol)
    {
        foreach (var range in symbol.Entries.SelectMany(entry => entry.Ranges))
        {
            if (Evaluate(range.Condition) != Tristate.No)
            {
                return (TextOf(range.Least), TextOf(range.Greatest));
            }
        }

        return null;
    }

    private static Tristate Least(Tristate one, Tristate other) => one < other ? one : other;

    private static Tristate Greatest(Tristate one, Tristate other) => one > other ? one : other;

    private static string Letter(Tristate value) => value switch { Tristate.Yes => "y", Tristate.Module => "m", _ => "n" };

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private Tristate ModulesOf() => _model.Modules is { } modules ? State(modules).Tristate : Tristate.No;

    private Tristate TristateOf(KconfigSymbol symbol, bool isValue) => symbol.IsConstant
        ? symbol.Name switch { "y" or KconfigMacros.Unanswered => Tristate.Yes, "m" => !isValue && ModulesOf() == Tristate.No ? Tristate.No : Tristate.Module, _ => Tristate.No }
        : State(symbol).Tristate;

    /// <summary>As comparisons see it.</summary>
    private string TextOf(KconfigSymbol symbol)
    {
        if (symbol.IsConstant || symbol.Type == KconfigType.Unknown)
        {
            return symbol.Name;
        }

        var state = State(symbol);
        return symbol.Type is KconfigType.Boolean or KconfigType.Tristate ? Letter(state.Tristate) : state.Text;
    }

    private bool Compare(KconfigExpression expression)
    {
        var (left, right) = (expression.Left!.Symbol!, expression.Right!.Symbol!);
        var (one, other) = (TextOf(left), TextOf(right));
        var isNumber = left.Type != KconfigType.Text || right.Type != KconfigType.Text;
        int order;
        if (isNumber && KconfigNumber.Parse(one, left.Type) is { } first && KconfigNumber.Parse(other, right.Type) is { } second)
        {
            order = first.CompareTo(second);
        }
        else
        {
            order = string.CompareOrdinal(one, other);
        }

        return expression.Operator switch
        {
            KconfigOperator.Equal => order == 0,
            KconfigOperator.Unequal => order != 0,
            KconfigOperator.Less => order < 0,
            KconfigOperator.LessOrEqual => order <= 0,
            KconfigOperator.Greater => order > 0,
            _ => order >= 0,
        };
    }

    private KconfigState State(KconfigSymbol symbol)
    {
        if (_states.TryGetValue(symbol, out var known))
        {
            return known;
        }

        // what depends on itself sees its value as off, as conf does
        var state = _states[symbol] = new KconfigState { Text = symbol.Type == KconfigType.Unknown ? symbol.Name : "" };
        if (symbol.Type == KconfigType.Unknown)
        {
            return state;
        }

        if (!ReferenceEquals(symbol, _model.Modules))
        {
            ModulesOf();
        }

        SetVisibility(symbol, state);
        if (symbol.Type is KconfigType.Boolean or KconfigType.Tristate)
        {
            state.Tristate = Calculate(symbol, state);
        }
        else
        {
            CalculateText(symbol, state);
        }

        return state;
    }

    private void SetVisibility(KconfigSymbol symbol, KconfigState state)
    {
        var mode = symbol.Choice is { } choice ? State(choice).Mode : Tristate.Yes;
        var visible = symbol.IsTransitional ? Tristate.Yes : Tristate.No;
        foreach (var prompt in symbol.Entries.SelectMany(entry => entry.Prompts))
        {
            var shown = Least(Evaluate(prompt.Condition), symbol.Choice is null ? Tristate.Yes : mode);
            visible = Greatest(visible, symbol.Choice is not null && symbol.Type == KconfigType.Tristate && shown == Tristate.Module && mode == Tristate.Yes
                ? Tristate.No : shown);
        }

        var isTristate = symbol.Type == KconfigType.Tristate && ModulesOf() != Tristate.No;
        var isBoolean = TypeOf(symbol) == KconfigType.Boolean;
        state.Visible = visible == Tristate.Module && !isTristate ? Tristate.Yes : visible;
        state.Dependencies = Promoted(symbol.Entries.Aggregate(Tristate.No, (any, entry) => Greatest(any, Evaluate(entry.Depends))), isBoolean);

        // the choice alone decides about its members: conf passes over what selects or implies one
        state.Selected = symbol.Choice is null ? Promoted(Any(symbol.Selections), isBoolean) : Tristate.No;
        state.Implied = symbol.Choice is null ? Promoted(Any(symbol.Implications), isBoolean) : Tristate.No;
    }

    private static Tristate Promoted(Tristate value, bool isBoolean) => value == Tristate.Module && isBoolean ? Tristate.Yes : value;

    private Tristate Any(IReadOnlyList<KconfigSelection> selections)
    {
        var any = Tristate.No;
        foreach (var selection in selections)
        {
            any = Greatest(any, Least(State(selection.Selector).Tristate, Evaluate(selection.Condition)));
        }

        return any;
    }

    private Tristate Calculate(KconfigSymbol symbol, KconfigState state)
    {
        var type = TypeOf(symbol);
        if (symbol.Choice is { } choice && state.Visible == Tristate.Yes && State(choice).Mode == Tristate.Yes)
        {
            return ReferenceEquals(ChosenOf(choice), symbol) ? Tristate.Yes : Tristate.No;
        }

        Tristate value;
        if (state.Visible != Tristate.No && Given(symbol) is { } given)
        {
            value = Least(given, state.Visible);
        }
        else
        {
            value = symbol.Choice is null ? Default(symbol) : Tristate.No;
            value = Least(Greatest(value, state.Implied), state.Implied == Tristate.No ? Tristate.Yes : state.Dependencies);
        }

        value = Greatest(value, state.Selected);
        return value == Tristate.Module && type == KconfigType.Boolean ? Tristate.Yes : value;
    }

    private Tristate? Given(KconfigSymbol symbol) => _given.GetValueOrDefault(symbol.Name) switch
    {
        "y" => Tristate.Yes,
        "m" => Tristate.Module,
        "n" => Tristate.No,
        _ => null,
    };

    /// <summary>What a program of the host answered is not asked again where it cannot be: the configuration says what came of it.</summary>
    private static bool IsUnanswered(KconfigDefault one) => one.Value.Operands.Any(symbol => symbol is { IsConstant: true, Name: KconfigMacros.Unanswered })
        || one.Condition?.Operands.Any(symbol => symbol is { IsConstant: true, Name: KconfigMacros.Unanswered }) == true;

    /// <summary>Whether a default is what a program of the host answers, and that is not known here.</summary>
    internal static bool IsAnsweredByHost(KconfigSymbol symbol) => symbol.Entries.SelectMany(entry => entry.Defaults)
        .Any(one => one.Value.Operands.Any(operand => operand is { IsConstant: true, Name: KconfigMacros.Unanswered }));

    private Tristate Default(KconfigSymbol symbol)
    {
        if (symbol.Entries.SelectMany(entry => entry.Defaults).Any(IsUnanswered))
        {
            // a condition that only the host answers counts as fulfilled, as it does for the prompt
            var known = Given(symbol);
            if (known is not null || IsAnsweredByHost(symbol))
            {
                return known ?? Tristate.No;
            }
        }

        foreach (var one in symbol.Entries.SelectMany(entry => entry.Defaults))
        {
            var condition = Evaluate(one.Condition);
            if (condition != Tristate.No)
            {
                return Least(Evaluate(one.Value, isValue: true), condition);
            }
        }

        return Tristate.No;
    }

    private void CalculateText(KconfigSymbol symbol, KconfigState state)
    {
        state.IsWritten = state.Visible != Tristate.No;
        if (state.Visible != Tristate.No && _given.TryGetValue(symbol.Name, out var given) && Plain(symbol.Type, given) is { } valid)
        {
            state.Text = valid;
            if (symbol.Type == KconfigType.Text || IsInRange(symbol, valid))
            {
                return;
            }
        }
        else
        {
            var defaults = symbol.Entries.SelectMany(entry => entry.Defaults).ToArray();
            if (defaults.Any(IsUnanswered) && _given.TryGetValue(symbol.Name, out var answered) && Plain(symbol.Type, answered) is { } known)
            {
                (state.IsWritten, state.Text) = (true, known);
                return;
            }

            var found = symbol.Entries.SelectMany(entry => entry.Defaults).FirstOrDefault(one => Evaluate(one.Condition) != Tristate.No);
            if (found is not null)
            {
                state.IsWritten = true;
                state.Text = found.Value.Symbol is { } operand ? TextOf(operand) : Letter(Evaluate(found.Value));
            }
        }

        Clamp(symbol, state);
    }

    /// <summary>A text without its quotes; a number if it is one; null for what the type does not take.</summary>
    private static string? Plain(KconfigType type, string given) => type switch
    {
        KconfigType.Text => given.Length >= 2 && given[0] == '"' ? Unescaped(given[1..^1]) : null,
        _ => KconfigNumber.Parse(given, type) is not null ? given : null,
    };

    private static string Unescaped(string text)
    {
        var plain = new System.Text.StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] == '\\' && i + 1 < text.Length ? text[++i] : text[i]);
        }

        return plain.ToString();
    }

    private bool IsInRange(KconfigSymbol symbol, string text) =>
        RangeOf(symbol) is not { } range || KconfigNumber.Parse(text, symbol.Type) is not { } value
        || (value >= (KconfigNumber.Parse(range.Least, symbol.Type) ?? value) && value <= (KconfigNumber.Parse(range.Greatest, symbol.Type) ?? value));

    private void Clamp(KconfigSymbol symbol, KconfigState state)
    {
        if (symbol.Type is KconfigType.Text || RangeOf(symbol) is not { } range)
        {
            return;
        }

        var value = KconfigNumber.Parse(state.Text, symbol.Type) ?? 0;
        if (KconfigNumber.Parse(range.Least, symbol.Type) is { } least && value < least)
        {
            state.Text = KconfigNumber.Write(symbol.Type, least);
        }
        else if (KconfigNumber.Parse(range.Greatest, symbol.Type) is { } greatest && value > greatest)
        {
            state.Text = KconfigNumber.Write(symbol.Type, greatest);
        }
    }

    private KconfigChoiceState State(KconfigChoice choice)
    {
        if (_choices.TryGetValue(choice, out var known))
        {
            return known;
        }

        var state = _choices[choice] = new KconfigChoiceState();
        state.Mode = Mode(choice);
        return state;
    }

    /// <summary>y: exactly one member is on; m: each member is a module or off; n: none is on.</summary>
    private Tristate Mode(KconfigChoice choice)
    {
        var visible = choice.Entry.Prompts.Aggregate(Tristate.No, (any, prompt) => Greatest(any, Evaluate(prompt.Condition)));
        if (!choice.IsTristate || ModulesOf() == Tristate.No)
        {
            visible = visible == Tristate.Module ? Tristate.Yes : visible;
        }

        var given = choice.Members.Select(member => _given.GetValueOrDefault(member.Name)).ToArray();
        var wanted = given.Contains("y") ? Tristate.Yes : given.Contains("m") ? Tristate.Module : Tristate.No;
        return visible == Tristate.No ? Tristate.No
            : choice.IsTristate && ModulesOf() != Tristate.No ? Least(choice.IsOptional ? wanted : Greatest(wanted, Tristate.Module), visible)
            : choice.IsOptional ? wanted == Tristate.No ? Tristate.No : Tristate.Yes
            : Tristate.Yes;
    }

    private KconfigSymbol? Chosen(KconfigChoice choice)
    {
        var visible = choice.Members.Distinct().Where(member => member.Entries.SelectMany(entry => entry.Prompts).Any(prompt =>
            Evaluate(prompt.Condition) is Tristate.Yes || (Evaluate(prompt.Condition) == Tristate.Module && !choice.IsTristate))).ToArray();
        return visible.LastOrDefault(member => _given.GetValueOrDefault(member.Name) == "y")
            ?? choice.Entry.Defaults.Where(one => Evaluate(one.Condition) != Tristate.No && one.Value.Symbol is not null)
                .Select(one => one.Value.Symbol!).FirstOrDefault(visible.Contains)
            ?? visible.FirstOrDefault();
    }
}
