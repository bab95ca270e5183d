using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// Loads a set of modules into a kernel on paper: as modprobe, each behind those whose symbols it takes; a module that is refused exports
/// nothing to the others.
/// </summary>
public sealed class ModuleChecker
{
    private readonly KernelInterface _kernel;
    private readonly SymbolCauses _causes;
    private readonly ImmutableArray<KernelModule> _modules;
    private readonly Dictionary<string, ExportedSymbol> _ofKernel = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ExportedSymbol> _ofBuild = new(StringComparer.Ordinal);
    private readonly ILookup<string, KernelModule> _providers;

    private ModuleChecker(KernelInterface kernel, IEnumerable<KernelModule> modules, SymbolCauses causes)
    {
        _kernel = kernel;
        _causes = causes;
        _modules = [.. modules];
        foreach (var symbol in kernel.Exports.IsDefault ? [] : kernel.Exports)
        {
            (symbol.Owner == ExportedSymbol.Kernel ? _ofKernel : _ofBuild).TryAdd(symbol.Name, symbol);
        }

        _providers = _modules
            .SelectMany(module => module.Exports.Select(export => (export.Name, Module: module)))
            .ToLookup(pair => pair.Name, pair => pair.Module, StringComparer.Ordinal);
    }

    /// <summary>The verdict on each module, in the order given.</summary>
    public static ImmutableArray<ModuleVerdict> Check(
        KernelInterface kernel, IEnumerable<KernelModule> modules, SymbolCauses? causes = null) =>
        new ModuleChecker(kernel, modules, causes ?? new SymbolCauses()).Run();

    private ImmutableArray<ModuleVerdict> Run()
    {
        var verdicts = new Dictionary<KernelModule, ModuleVerdict>(ReferenceEqualityComparer.Instance);
        var loaded = new LoadedModules(_ofKernel, _ofBuild, _providers);
        var pending = _modules.ToList();
        while (pending.Count > 0)
        {
            var ready = pending.Where(module => IsReady(module, verdicts)).ToList();

            // a circle: none of them can be the first, and each finds the others' symbols missing
            foreach (var module in ready.Count > 0 ? ready : pending)
            {
                var verdict = new ModuleTrial(_kernel, _causes, loaded, module).Run();
                verdicts[module] = verdict;
                if (verdict.Outcome != ModuleOutcome.Refused)
                {
                    loaded.Add(module);
                }
                else
                {
                    loaded.Refuse(module);
                }
            }

            pending.RemoveAll(verdicts.ContainsKey);
        }

        return [.. _modules.Select(module => verdicts[module])];
    }

    private bool IsReady(KernelModule module, Dictionary<KernelModule, ModuleVerdict> verdicts) =>
        module.Imports.All(import => _ofKernel.ContainsKey(import.Name)
            || _providers[import.Name].All(provider => provider.Name == module.Name || verdicts.ContainsKey(provider)));
}
