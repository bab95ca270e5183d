namespace KernelBuild.Kconfig;

/// <summary>A symbol with all that any of its declarations says of it.</summary>
public sealed class KconfigSymbol(string name, bool isConstant)
{
    private readonly List<KconfigEntry> _entries = [];
    private readonly List<KconfigSelection> _selections = [];
    private readonly List<KconfigSelection> _implications = [];

    /// <summary>Without CONFIG_.</summary>
    public string Name => name;

    /// <summary>Whether it is a value ("y", "4", "/lib") and no symbol.</summary>
    public bool IsConstant => isConstant;

    public KconfigType Type { get; internal set; }

    /// <summary>Its declarations, in the order of the files.</summary>
    public IReadOnlyList<KconfigEntry> Entries => _entries;

    /// <summary>Who selects it.</summary>
    public IReadOnlyList<KconfigSelection> Selections => _selections;

    /// <summary>Who implies it.</summary>
    public IReadOnlyList<KconfigSelection> Implications => _implications;

    /// <summary>The choice it is a member of; null for none.</summary>
    public KconfigChoice? Choice { get; internal set; }

    /// <summary>It names the files that conf itself begins with ("option defconfig_list"): .config has no line for it.</summary>
    public bool IsLeftOut { get; internal set; }

    /// <summary>
    /// The old name of another symbol, whose default it is ("transitional", Linux 6.18 and later): a .config may still set it, and conf
    /// writes the new name alone.
    /// </summary>
    public bool IsTransitional { get; internal set; }

    public bool IsDeclared => _entries.Count > 0;

    public bool HasPrompt => _entries.Any(entry => entry.Prompts.Count > 0);

    public override string ToString() => name;

    internal void Add(KconfigEntry entry) => _entries.Add(entry);

    internal void AddSelection(KconfigSelection selection) => _selections.Add(selection);

    internal void AddImplication(KconfigSelection implication) => _implications.Add(implication);
}
