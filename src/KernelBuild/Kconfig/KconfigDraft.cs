namespace KernelBuild.Kconfig;

/// <summary>A declaration that is being read.</summary>
/// <param name="symbol">Null for a choice, and for a comment.</param>
internal sealed class KconfigDraft(KconfigSymbol? symbol, string file, int line)
{
    private KconfigType _type;

    public KconfigSymbol? Symbol => symbol;

    public bool IsComment { get; init; }

    public bool IsOptional { get; set; }

    public List<(KconfigExpression Condition, string File, int Line)> Depends { get; } = [];

    public List<KconfigPrompt> Prompts { get; } = [];

    public List<KconfigDefault> Defaults { get; } = [];

    public List<KconfigRange> Ranges { get; } = [];

    public List<(KconfigSymbol Target, KconfigExpression? Condition, int Line)> Selects { get; } = [];

    public List<(KconfigSymbol Target, KconfigExpression? Condition, int Line)> Implies { get; } = [];

    public void SetType(KconfigType type) => _type = type;

    /// <param name="around">Conditions of the blocks around it.</param>
    /// <param name="visible">"visible if" of the menus around it.</param>
    /// <param name="choice">The choice that it stands in; null for none.</param>
    public void AddTo(
        KconfigSymbol target, List<(KconfigExpression Condition, string File, int Line)> around, KconfigExpression? visible, KconfigChoice? choice)
    {
        if (target.Type == KconfigType.Unknown)
        {
            target.Type = _type;
        }

        var entry = Entry(around, visible);
        target.Add(entry);
        if (choice is not null && Prompts.Count > 0)
        {
            target.Choice ??= choice;
            choice.Add(target);
        }

        foreach (var (selected, condition, at) in Selects)
        {
            selected.AddSelection(new KconfigSelection(target, KconfigExpression.And(entry.Depends, condition), file, at));
        }

        foreach (var (implied, condition, at) in Implies)
        {
            implied.AddImplication(new KconfigSelection(target, KconfigExpression.And(entry.Depends, condition), file, at));
        }
    }

    public KconfigChoice ToChoice(List<(KconfigExpression Condition, string File, int Line)> around, KconfigExpression? visible) =>
        new(Entry(around, visible)) { IsTristate = _type == KconfigType.Tristate, HasType = _type != KconfigType.Unknown, IsOptional = IsOptional };

    private KconfigEntry Entry(List<(KconfigExpression Condition, string File, int Line)> around, KconfigExpression? visible)
    {
        var parts = around.Concat(Depends).ToArray();
        var depends = parts.Aggregate((KconfigExpression?)null, (all, part) => KconfigExpression.And(all, part.Condition));
        return new KconfigEntry(file, line)
        {
            Depends = depends,
            Parts = parts,
            Prompts = [.. Prompts.Select(prompt => prompt with
            {
                Condition = KconfigExpression.And(KconfigExpression.And(depends, visible), prompt.Condition),
            })],
            Defaults = [.. Defaults.Select(one => one with { Condition = KconfigExpression.And(depends, one.Condition) })],
            Ranges = [.. Ranges.Select(one => one with { Condition = KconfigExpression.And(depends, one.Condition) })],
        };
    }
}
