using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Kconfig;

/// <summary>
/// Why a symbol has its value and no other. What is offered as a remedy was tried: the symbols are evaluated again with it, and it is given
/// only when the symbol then has the value.
/// </summary>
/// <param name="given">The configuration, by name without CONFIG_; what is absent was not set.</param>
public sealed class KconfigExplanation(KconfigModel model, IReadOnlyDictionary<string, string> given)
{
    private const int MostRounds = 12;
    private const int MostNames = 6;
    private const string Prefix = "CONFIG_";
    private readonly KconfigEvaluation _now = new(model, given);

    public KconfigEvaluation Evaluation => _now;

    /// <summary>Why a declared symbol is not what somebody wants.</summary>
    /// <param name="symbol">A declared symbol.</param>
    /// <param name="wanted">y, m, n, a number, a text between quotes.</param>
    public KconfigReason Why(KconfigSymbol symbol, string wanted) =>
        OfType(symbol, wanted) ?? (symbol.IsTransitional ? OfOldName(symbol, wanted) : null) ?? (symbol.Type is KconfigType.Boolean or KconfigType.Tristate ? OfSwitch(symbol, wanted) : OfValue(symbol, wanted));

    /// <summary>Why a symbol has the value that it has, a line each.</summary>
    public ImmutableArray<string> Sources(KconfigSymbol symbol)
    {
        var lines = new List<string>();
        foreach (var selection in Active(symbol, symbol.Selections))
        {
            lines.Add($"{Prefix}{selection.Selector}={_now.Value(selection.Selector)} selects it ({selection.File}:{selection.Line})");
        }

        foreach (var implication in Active(symbol, symbol.Implications))
        {
            lines.Add($"{Prefix}{implication.Selector}={_now.Value(implication.Selector)} implies it ({implication.File}:{implication.Line})");
        }

        if (symbol.Choice is { } choice)
        {
            lines.Add($"member of the choice{Title(choice)}: {(_now.ChosenOf(choice) is { } chosen ? $"{Prefix}{chosen} is on" : "none is on")}");
        }

        foreach (var entry in symbol.Entries)
        {
            var isShown = entry.Prompts.Any(prompt => _now.Evaluate(prompt.Condition) != Tristate.No);
            lines.Add($"declared in {entry.File}:{entry.Line}{(symbol.IsTransitional ? OldNameOf(symbol) : entry.Prompts.Count == 0 ? ", without a prompt" : isShown ? ", its prompt is shown" : ", its prompt is hidden")}");
            lines.AddRange(entry.Parts.Select(part => $"  depends on {part.Condition}   [{Values(part.Condition)}]"));
            var decides = symbol.Entries.SelectMany(one => one.Defaults).FirstOrDefault(one => _now.Evaluate(one.Condition) != Tristate.No);
            lines.AddRange(entry.Defaults.Where(one => ReferenceEquals(one, decides)).Select(one => $"  default {one.Value}{(one.Condition is null ? "" : $" if {one.Condition}")}"));
        }

        return [.. lines];
    }

    private string OldNameOf(KconfigSymbol symbol) =>
        ", the old name of " + string.Join(" and ", model.HeirsOf(symbol).Select(heir => $"{Prefix}{heir}={_now.Value(heir)}").DefaultIfEmpty("nothing"));

    /// <summary>The values of the symbols of a condition: "PCI=n MMU=y".</summary>
    public string Values(KconfigExpression expression) => string.Join(' ', expression.Symbols.Select(symbol => $"{symbol}={_now.Value(symbol)}"));

    private static string Title(KconfigChoice choice) =>
        $"{(choice.Entry.Prompts is [var prompt, ..] ? $" \"{prompt.Text}\"" : "")} ({choice.Entry.File}:{choice.Entry.Line})";

    /// <summary>What selects a member of a choice has no effect.</summary>
    private IEnumerable<KconfigSelection> Active(KconfigSymbol symbol, IReadOnlyList<KconfigSelection> selections) =>
        symbol.Choice is null ? selections.Where(IsActive) : [];

    private bool IsActive(KconfigSelection selection) =>
        _now.Evaluate(KconfigExpression.Of(selection.Selector)) != Tristate.No && _now.Evaluate(selection.Condition) != Tristate.No;

    /// <summary>A value that the type does not take.</summary>
    private KconfigReason? OfType(KconfigSymbol symbol, string wanted)
    {
        var isSwitch = wanted is "y" or "m" or "n";
        return symbol.Type switch
        {
            KconfigType.Boolean when wanted == "m" => Of("it is a bool, which is y or n", $"request {Prefix}{symbol}=y"),
            KconfigType.Boolean or KconfigType.Tristate when !isSwitch => Of("it is a " + (symbol.Type == KconfigType.Boolean ? "bool" : "tristate") + ", which takes no text or number", $"request {Prefix}{symbol}=y"),
            KconfigType.Number when isSwitch => Of("it is a number (int)", $"request a number, such as {Prefix}{symbol}={Some(symbol, "1")}"),
            KconfigType.Hexadecimal when isSwitch => Of("it is a number (hex)", $"request a number, such as {Prefix}{symbol}={Some(symbol, "0x0")}"),
            KconfigType.Text when !wanted.StartsWith('"') => Of("it is a text (string)", $"write {Prefix}{symbol}=\"{(isSwitch ? "" : wanted)}\""),
            KconfigType.Number or KconfigType.Hexadecimal when wanted.StartsWith('"') => Of("it is a number", $"write it without quotes: {Prefix}{symbol}={wanted.Trim('"')}"),
            _ => null,
        };

        KconfigReason Of(string cause, string advice) => new(cause, [], [], advice);
    }

    private string Some(KconfigSymbol symbol, string otherwise) => _now.Value(symbol) is var value and not "n" ? value : otherwise;

    /// <summary>conf takes the value of an old name only where the new one has none of its own, and never writes it.</summary>
    private KconfigReason OfOldName(KconfigSymbol old, string wanted)
    {
        var heirs = model.HeirsOf(old);
        if (heirs.FirstOrDefault(one => _now.Value(one) != wanted) is not { } heir)
        {
            return heirs.Count == 0
                ? new KconfigReason("it is an old name, whose value no symbol takes", [], [], "take the line out")
                : new KconfigReason($"it is the old name of {Prefix}{heirs[0]}, which has that value", [], [], $"request {Prefix}{heirs[0]}={wanted}");
        }

        var what = $"it is the old name of {Prefix}{heir}";
        if (_now.VisibilityOf(heir) != Tristate.No)
        {
            return new KconfigReason($"{what}, which the configuration sets itself; the old name counts only where it does not", [], [$"{Prefix}{heir}={wanted}"], "");
        }

        var reason = Why(heir, wanted);
        return reason with { Cause = $"{what}; of that one {reason.Cause}" };
    }

    private KconfigReason OfSwitch(KconfigSymbol symbol, string wanted)
    {
        var (level, has) = (Level(wanted), Level(_now.Value(symbol)));
        if (has > level)
        {
            return OfTooMuch(symbol, wanted, level);
        }

        if (wanted == "m" && _now.TypeOf(symbol) == KconfigType.Boolean && model.Modules is { } modules && symbol.Type == KconfigType.Tristate)
        {
            return new KconfigReason("this kernel is built without modules", [$"{Prefix}{modules} is {_now.Value(modules)}"], [$"{Prefix}{modules}=y", $"{Prefix}{symbol}=m"], "");
        }

        var (steps, settings) = Solve(symbol, wanted, level);
        var rival = symbol.Choice is { } choice && _now.ChosenOf(choice) is { } chosen && !ReferenceEquals(chosen, symbol) ? chosen : null;
        var cause = rival is not null && _now.Evaluate(symbol.Choice!.Entry.Depends) != Tristate.No
            ? $"{Prefix}{rival} is on in the same choice{Title(symbol.Choice)}"
            : !symbol.HasPrompt ? "it has no prompt: only other symbols switch it on"
            : "what it depends on is not on";
        return new KconfigReason(cause, steps, settings, settings.IsEmpty ? "take the line out, or a configuration that has what it needs: no settings were found that give it" : "");
    }

    /// <summary>On, or more on, than wanted.</summary>
    private KconfigReason OfTooMuch(KconfigSymbol symbol, string wanted, Tristate level)
    {
        KconfigSelection[] active = [.. Active(symbol, symbol.Selections)];
        if (_now.SelectedTo(symbol) > level)
        {
            var names = active.Select(selection => Prefix + selection.Selector.Name).Distinct(StringComparer.Ordinal).ToArray();
            return new KconfigReason(
                $"{Counted.Names(names, MostNames)} {(names.Length == 1 ? "selects" : "select")} it",
                [.. active.Select(selection => $"  {Prefix}{selection.Selector}={_now.Value(selection.Selector)} ({selection.File}:{selection.Line})")],
                [], $"switch off what selects it, or take {Prefix}{symbol}={wanted} out");
        }

        if (symbol.Choice is { } choice && ReferenceEquals(_now.ChosenOf(choice), symbol))
        {
            return new KconfigReason($"one member of the choice{Title(choice)} must be on", [], [], $"request another member: {string.Join(", ", choice.Members.Where(member => !ReferenceEquals(member, symbol)).Select(member => Prefix + member.Name + "=y").Take(MostNames))}");
        }

        return new KconfigReason(
            symbol.HasPrompt ? "its prompt is hidden, and its default is on" : "it has no prompt, and its default is on", [.. Sources(symbol).Select(line => "  " + line)], [],
            "what its default depends on decides");
    }

    private KconfigReason OfValue(KconfigSymbol symbol, string wanted)
    {
        if (_now.RangeOf(symbol) is { } range && _now.VisibilityOf(symbol) != Tristate.No)
        {
            return new KconfigReason($"it must be from {range.Least} to {range.Greatest}", [], [], "request a number in that range");
        }

        KconfigDefault[] defaults = [.. symbol.Entries.SelectMany(entry => entry.Defaults)];
        var fitting = defaults.FirstOrDefault(one => one.Value.Symbol is { IsConstant: true } constant && constant.Name == wanted.Trim('"'));
        if (_now.VisibilityOf(symbol) == Tristate.No && fitting?.Condition is { } condition)
        {
            var (steps, settings) = Solve(symbol, wanted, condition);
            return new KconfigReason($"it follows other symbols: it is {wanted} if {condition}", steps, settings, settings.IsEmpty ? "request what that condition needs" : "");
        }

        var (needed, lines) = symbol.HasPrompt ? Solve(symbol, wanted, Tristate.Yes) : ([], []);
        return symbol.HasPrompt
            ? new KconfigReason("what it depends on is not on", needed, lines, lines.IsEmpty ? "no settings were found that give it" : "")
            : new KconfigReason("it has no prompt: only its defaults decide", [.. Sources(symbol).Select(line => "  " + line)], [], "request what its defaults depend on");
    }

    private (ImmutableArray<string> Steps, ImmutableArray<string> Settings) Solve(KconfigSymbol symbol, string wanted, Tristate level) =>
        Solve(symbol, wanted, needs =>
        {
            if (symbol.HasPrompt)
            {
                needs.AddPrompt(symbol, level, 1);
            }
            else
            {
                needs.AddSymbol(symbol, level, 1);
            }
        }, symbol.HasPrompt ? $"{Prefix}{symbol}={wanted}" : null);

    private (ImmutableArray<string> Steps, ImmutableArray<string> Settings) Solve(KconfigSymbol symbol, string wanted, KconfigExpression condition) =>
        Solve(symbol, wanted, needs => needs.Add(condition, Tristate.Yes, 1), null);

    /// <summary>Adds what is needed, evaluates again, and so on until the symbol has its value or nothing more is known.</summary>
    private (ImmutableArray<string> Steps, ImmutableArray<string> Settings) Solve(KconfigSymbol symbol, string wanted, Action<KconfigNeeds> add, string? own)
    {
        var (settings, steps) = (own is null ? [] : new List<string> { own }, (List<string>?)null);
        for (var round = 0; round < MostRounds; round++)
        {
            var evaluation = new KconfigEvaluation(model, With(settings));
            if (round > 0 && evaluation.Value(symbol) == wanted)
            {
                return ([.. steps ?? [], .. Unanswered(symbol, settings)], [.. settings]);
            }

            var needs = new KconfigNeeds(evaluation);
            add(needs);
            steps ??= needs.Steps;
            string[] more = [.. needs.Settings.Except(settings)];
            if (more.Length == 0 || !needs.IsPossible)
            {
                return evaluation.Value(symbol) == wanted ? ([.. steps, .. Unanswered(symbol, settings)], [.. settings]) : ([.. steps], []);
            }

            settings.InsertRange(0, more);
        }

        return ([.. steps ?? []], []);
    }

    /// <summary>Conditions that ask a program of the host which was not run: they are taken to hold, and that is said.</summary>
    private IEnumerable<string> Unanswered(KconfigSymbol symbol, IEnumerable<string> settings) => settings
        .Select(line => model.Find(line.Split('=', 2)[0])).OfType<KconfigSymbol>().Append(symbol).Distinct()
        .Where(one => one.Entries.SelectMany(entry => entry.Parts)
            .Any(part => part.Condition.Operands.Any(operand => operand is { IsConstant: true, Name: KconfigMacros.Unanswered })))
        .Select(one => $"  {Prefix}{one} depends on what a program of the host answers, which is not known here and taken for yes: the build says it");

    private Dictionary<string, string> With(IEnumerable<string> settings)
    {
        var all = new Dictionary<string, string>(given, StringComparer.Ordinal);
        foreach (var setting in settings.Select(line => line[Prefix.Length..].Split('=', 2)))
        {
            all[setting[0]] = setting[1];
        }

        return all;
    }

    private static Tristate Level(string value) => value switch { "y" => Tristate.Yes, "m" => Tristate.Module, _ => Tristate.No };
}
