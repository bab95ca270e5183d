namespace KernelBuild.KernelImages.Modules;

/// <summary>What a kernel exports at one moment: its own symbols, and those of the modules that are in it by then.</summary>
internal sealed class LoadedModules(
    IReadOnlyDictionary<string, ExportedSymbol> ofKernel, IReadOnlyDictionary<string, ExportedSymbol> ofBuild,
    ILookup<string, KernelModule> providers)
{
    private readonly Dictionary<string, (ExportedSymbol Symbol, KernelModule Module)> _symbols = new(StringComparer.Ordinal);
    private readonly HashSet<string> _proprietary = new(StringComparer.Ordinal);
    private readonly HashSet<KernelModule> _refused = new(ReferenceEqualityComparer.Instance);

    /// <summary>The exporter that Linux would find: the kernel before modules; null when there is none.</summary>
    /// <param name="name">The symbol.</param>
    /// <param name="asker">A module of the same name is not asked: only one of the two can be loaded.</param>
    public (ExportedSymbol Symbol, KernelModule? Module)? Find(string name, KernelModule asker) =>
        ofKernel.TryGetValue(name, out var symbol) ? (symbol, null)
        : _symbols.TryGetValue(name, out var found) && found.Module.Name != asker.Name ? (found.Symbol, found.Module) : null;

    /// <summary>A module of the set that exports it and was refused; null when there is none.</summary>
    public KernelModule? RefusedProvider(string name, KernelModule asker) =>
        providers[name].FirstOrDefault(module => module.Name != asker.Name && _refused.Contains(module));

    /// <summary>A module that waits for the asker, as the asker waits for it.</summary>
    public KernelModule? WaitingProvider(string name, KernelModule asker) =>
        providers[name].FirstOrDefault(module => module.Name != asker.Name && !_refused.Contains(module));

    /// <summary>A module of the kernel's own build that exports it; null when there is none.</summary>
    public ExportedSymbol? OfBuild(string name) => ofBuild.GetValueOrDefault(name);

    public bool IsProprietary(KernelModule module) => _proprietary.Contains(module.Name);

    /// <summary>Whether a module took a symbol of a proprietary one, and counts as proprietary itself from then on.</summary>
    public void Taint(KernelModule module) => _proprietary.Add(module.Name);

    public void Add(KernelModule module)
    {
        if (!module.IsGplCompatible)
        {
            Taint(module);
        }

        foreach (var symbol in module.Exports)
        {
            _symbols.TryAdd(symbol.Name, (symbol, module));
        }
    }

    public void Refuse(KernelModule module) => _refused.Add(module);
}
