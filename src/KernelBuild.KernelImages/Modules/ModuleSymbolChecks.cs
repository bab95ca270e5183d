using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>What a module imports and exports, against the kernel and the modules that are loaded before it.</summary>
internal sealed class ModuleSymbolChecks(
    KernelInterface kernel, SymbolCauses causes, LoadedModules loaded, KernelModule module, SymbolVersionChecks versions, ModuleFindings findings)
{
    private readonly Dictionary<string, (KernelModule Module, bool IsRefused, List<string> Symbols)> _absent = new(StringComparer.Ordinal);

    /// <summary>kernel/module/main.c: simplify_symbols, in the order of the symbol table.</summary>
    public void ResolveSymbols()
    {
        var usesGplOnly = false;
        if (!module.IsGplCompatible)
        {
            loaded.Taint(module);
        }

        foreach (var import in module.Imports)
        {
            Resolve(import, ref usesGplOnly);
        }

        foreach (var (provider, isRefused, symbols) in _absent.Values)
        {
            var names = Counted.Names(symbols, 3);
            findings.Error(
                DiagnosticCodes.ModuleProviderRefused,
                $"it takes {names} from {provider.Name}, which {(isRefused ? "does not load" : "takes symbols from it in turn")}",
                isRefused ? $"see {provider.Name}" : "neither can be first: build one of the two into the kernel",
                $"Linux says \"{module.Name}: Unknown symbol {symbols[0]} (err -2)\" and refuses it");
        }
    }

    /// <summary>kernel/module/main.c: resolve_symbol.</summary>
    private void Resolve(ImportedSymbol import, ref bool usesGplOnly)
    {
        var found = loaded.Find(import.Name, module);
        if (found is not { } export)
        {
            Missing(import);
            return;
        }

        if (export.Symbol.IsGplOnly && loaded.IsProprietary(module))
        {
            if (!import.IsWeak)
            {
                findings.Error(
                    DiagnosticCodes.ModuleSymbolForbidden,
                    $"'{import.Name}' is exported to GPL modules only, and the module's licence is '{module.License}'"
                    + (module.IsGplCompatible ? ", but it takes symbols from a proprietary module" : ""),
                    "ask the vendor for the source; the symbol was exported to all in the vendor's kernel, or the module was never loaded",
                    $"Linux says \"{module.Name}: Unknown symbol {import.Name} (err -2)\" and refuses it");
            }

            return;
        }

        usesGplOnly |= export.Symbol.IsGplOnly;
        if (export.Module is { } owner && loaded.IsProprietary(owner) && !InheritTaint(owner, import, usesGplOnly))
        {
            return;
        }

        versions.CheckVersion(import.Name, export.Symbol);
        CheckNamespace(export.Symbol);
    }

    /// <summary>kernel/module/main.c: inherit_taint.</summary>
    private bool InheritTaint(KernelModule owner, ImportedSymbol import, bool usesGplOnly)
    {
        if (!usesGplOnly)
        {
            loaded.Taint(module);
            return true;
        }

        if (!import.IsWeak)
        {
            findings.Error(
                DiagnosticCodes.ModuleSymbolForbidden,
                $"it uses GPL-only symbols, and takes '{import.Name}' from the proprietary module {owner.Name}",
                "a kernel before 5.9 allows it; there is no other workaround",
                $"Linux says \"{module.Name}: module using GPL-only symbols uses symbols {import.Name} from proprietary module "
                    + $"{owner.Name}.\"");
        }

        return false;
    }

    private void Missing(ImportedSymbol import)
    {
        // weak symbols stay null
        if (import.IsWeak)
        {
            return;
        }

        if (loaded.RefusedProvider(import.Name, module) is { } refused)
        {
            Absent(refused, isRefused: true, import.Name);
        }
        else if (loaded.WaitingProvider(import.Name, module) is { } waiting)
        {
            Absent(waiting, isRefused: false, import.Name);
        }
        else if (loaded.OfBuild(import.Name) is { } ofBuild)
        {
            findings.Error(
                DiagnosticCodes.ModuleSymbolMissing,
                $"'{import.Name}' is exported by {ofBuild.Owner}, a module of the kernel's own build that is not among those given",
                "give that module as well with --modules, and put it on the device; or build it into the kernel (=y)",
                Unresolved(import.Name));
        }
        else if (kernel.Exports.IsDefault)
        {
            findings.IsKnown = false;
        }
        else
        {
            findings.Error(
                DiagnosticCodes.ModuleSymbolMissing, $"nothing exports '{import.Name}'", causes.OfMissing(import.Name),
                    Unresolved(import.Name));
        }
    }

    private string Unresolved(string symbol) => $"Linux says \"{module.Name}: Unknown symbol {symbol} (err -2)\" and refuses it";

    private void Absent(KernelModule provider, bool isRefused, string symbol)
    {
        if (!_absent.TryGetValue(provider.Name, out var entry))
        {
            _absent[provider.Name] = entry = (provider, isRefused, []);
        }

        entry.Symbols.Add(symbol);
    }

    /// <summary>kernel/module/main.c: verify_namespace_is_imported; since 6.16 verify_module_namespace.</summary>
    private void CheckNamespace(ExportedSymbol export)
    {
        const string forModules = "module:";
        var space = export.Namespace;
        if (space.Length == 0)
        {
            return;
        }

        if (space.StartsWith(forModules, StringComparison.Ordinal)
            ? space[forModules.Length..].Split(',').Any(IsMine)
            : module.ImportedNamespaces.Contains(space))
        {
            return;
        }

        var says = $"\"{module.Name}: module uses symbol ({export.Name}) from namespace {space}, but does not import it.\"";
        var fix = $"MODULE_IMPORT_NS({space}) in the module's source, or CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS in the kernel";
        var message = $"'{export.Name}' is in the namespace {space}, which the module does not import";
        switch (kernel.Rules.MissingNamespacesAllowed)
        {
            case true:
                findings.Add(Diagnostic.Warning(DiagnosticCodes.ModuleSymbolForbidden, message, fix) with
                {
                    File = module.File,
                    Consequence = $"Linux says {says} and loads it",
                });
                break;
            case false:
                findings.Error(DiagnosticCodes.ModuleSymbolForbidden, message, fix, $"Linux says {says} and refuses it");
                break;
            default:
                findings.Unknown(message, fix + "; give the kernel's configuration with --config");
                break;
        }
    }

    private bool IsMine(string pattern) => pattern.EndsWith('*')
        ? module.Name.StartsWith(pattern[..^1].Replace('-', '_'), StringComparison.Ordinal)
        : module.Name == pattern.Replace('-', '_');

    /// <summary>kernel/module/main.c: verify_exported_symbols, check_export_symbol_versions.</summary>
    public void CheckExports()
    {
        foreach (var export in module.Exports)
        {
            if (loaded.Find(export.Name, module) is { } other)
            {
                var owner = other.Module?.Name ?? "the kernel";
                findings.Error(
                    DiagnosticCodes.ModuleExportsTwice, $"it exports '{export.Name}', which {owner} exports already",
                    other.Module is null
                        ? "the driver is built into the new kernel: set its option to m, or leave the module out"
                        : $"load one of the two, {module.Name} or {owner}",
                    $"Linux says \"{module.Name}: exports duplicate symbol {export.Name} (owned by {other.Module?.Name ?? "kernel"})\" "
                        + "and refuses it");
            }
        }

        if (kernel.HasVersions == true && module.Exports.Length > 0 && module.Exports.All(export => export.Crc is null))
        {
            findings.Forced(DiagnosticCodes.ModuleSymbolVersionDiffers, "its exports have no checksums, and the kernel has MODVERSIONS",
                "no versions for exported symbols");
        }
    }
}
