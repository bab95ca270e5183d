using KernelBuild.Diagnostics;

namespace KernelBuild.Kconfig;

/// <summary>
/// All that a kernel's Kconfig files say, for one architecture: every file that the top one sources, with the conditions around the place
/// where it is sourced.
/// </summary>
public sealed class KconfigModel
{
    private readonly Dictionary<string, KconfigSymbol> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KconfigSymbol> _constants = new(StringComparer.Ordinal);
    private readonly List<KconfigChoice> _choices = [];
    private readonly SortedSet<string> _files = new(StringComparer.Ordinal);

    internal KconfigModel()
    {
    }

    /// <summary>Symbols that are declared or used, by name without CONFIG_.</summary>
    public IReadOnlyDictionary<string, KconfigSymbol> Symbols => _symbols;

    public IReadOnlyList<KconfigChoice> Choices => _choices;

    /// <summary>Files that were read, relative to the tree.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>The symbol that decides whether m is a value; null where the kernel has none.</summary>
    public KconfigSymbol? Modules { get; internal set; }

    /// <summary>Reads the Kconfig files of a tree.</summary>
    /// <param name="tree">The kernel's top, with its Kconfig.</param>
    /// <param name="shell">make's environment, and what answers $(shell).</param>
    /// <exception cref="DiagnosticException">KB9012 there is no Kconfig.</exception>
    public static KconfigModel Read(string tree, IKconfigShell shell) => new KconfigReader(tree, shell).Read();

    /// <summary>The declared symbol of a name, with CONFIG_ or without; null when there is none.</summary>
    public KconfigSymbol? Find(string name) =>
        _symbols.GetValueOrDefault(name.StartsWith("CONFIG_", StringComparison.Ordinal) ? name["CONFIG_".Length..] : name) is { IsDeclared: true } symbol
            ? symbol
            : null;

    /// <summary>The symbols that have a transitional one in a default: its new names, which are one in practice.</summary>
    public IReadOnlyList<KconfigSymbol> HeirsOf(KconfigSymbol old) =>
        [.. _symbols.Values.Where(symbol => symbol.Entries.SelectMany(entry => entry.Defaults).Any(one => one.Value.Operands.Contains(old)))];

    /// <summary>At most three declared names that are a few letters away.</summary>
    public IReadOnlyList<string> Nearest(string name) =>
        [.. NearestName.Among(name, _symbols.Values.Where(symbol => symbol.IsDeclared).Select(symbol => symbol.Name), 3)];

    internal KconfigSymbol Symbol(string name)
    {
        if (!_symbols.TryGetValue(name, out var symbol))
        {
            _symbols[name] = symbol = new KconfigSymbol(name, isConstant: false);
        }

        return symbol;
    }

    internal KconfigSymbol Constant(string value)
    {
        if (!_constants.TryGetValue(value, out var symbol))
        {
            _constants[value] = symbol = new KconfigSymbol(value, isConstant: true);
        }

        return symbol;
    }

    internal void Add(KconfigChoice choice) => _choices.Add(choice);

    internal bool AddFile(string file) => _files.Add(file);
}
