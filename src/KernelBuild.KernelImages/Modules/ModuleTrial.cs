using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// One module on its way into a kernel: the checks of load_module (kernel/module/main.c), all of them, where Linux stops at the first that
/// fails.
/// </summary>
internal sealed class ModuleTrial(KernelInterface kernel, SymbolCauses causes, LoadedModules loaded, KernelModule module)
{
    private const string LayoutSymbol = "module_layout";
    private readonly List<Diagnostic> _findings = [];
    private readonly Dictionary<string, (KernelModule Module, bool IsRefused, List<string> Symbols)> _absent = new(StringComparer.Ordinal);
    private bool _isKnown = true;

    public ModuleVerdict Run()
    {
        if (kernel.LoadsModules == false)
        {
            Error(
                DiagnosticCodes.ModuleVermagicDiffers, "the kernel loads no module at all", "build it with CONFIG_MODULES=y",
                "init_module(2) fails with ENOSYS");
            return Verdict();
        }

        CheckSignature();
        CheckLayout();
        CheckVermagic();
        CheckForm();
        ResolveSymbols();
        CheckExports();
        return Verdict();
    }

    private ModuleVerdict Verdict()
    {
        var isRefused = _findings.Any(finding => finding.Severity == DiagnosticSeverity.Error);
        return new ModuleVerdict(
            module, isRefused ? ModuleOutcome.Refused : _isKnown ? ModuleOutcome.Loads : ModuleOutcome.Unknown,
            [.. _findings.OrderBy(finding => finding.Severity == DiagnosticSeverity.Error ? 0 : 1)]);
    }

    /// <summary>kernel/module/signing.c: module_sig_check.</summary>
    private void CheckSignature()
    {
        const string signing = "sign it with a key that the kernel trusts (scripts/sign-file), or build the kernel without "
            + "CONFIG_MODULE_SIG_FORCE";
        switch (module.Signature)
        {
            case ModuleSignature.Damaged when kernel.Rules.Signatures == true:
                Error(
                    DiagnosticCodes.ModuleSignatureRefused, "it ends with the mark of a signature, and the fields in front of the mark "
                        + "cannot be",
                    "copy the module again, or cut the signature off with strip --strip-debug",
                    "Linux refuses it with EBADMSG; of fields that are not zero it says \"module: PKCS#7 signature info has unexpected "
                        + "non-zero "
                    + "params\"");
                break;
            case ModuleSignature.None when kernel.Rules.SignaturesEnforced == true:
                Error(
                    DiagnosticCodes.ModuleSignatureRefused, "it is not signed, and the kernel enforces signatures "
                        + "(CONFIG_MODULE_SIG_FORCE)",
                    signing, "Linux says \"Loading of unsigned module is rejected\" and refuses it with EKEYREJECTED");
                break;
            case ModuleSignature.Present when kernel.Rules.SignaturesEnforced == true:
                Unknown("it is signed, and whether the kernel trusts the key is not known; a kernel that made a key of its own does not",
                    signing);
                break;
        }
    }

    /// <summary>kernel/module/version.c: check_modstruct_version.</summary>
    private void CheckLayout()
    {
        if (kernel.HasVersions != false && loaded.Find(LayoutSymbol, module) is { } found)
        {
            CheckVersion(LayoutSymbol, found.Symbol);
        }
    }

    /// <summary>kernel/module/main.c: check_modinfo; version.c: same_magic.</summary>
    private void CheckVermagic()
    {
        if (module.Vermagic is not { } magic)
        {
            Forced(DiagnosticCodes.ModuleVermagicDiffers, "it has no version magic", "bad vermagic");
            return;
        }

        if (kernel.Vermagic is not { } wanted)
        {
            _isKnown = false;
            return;
        }

        // __versions decides, not __version_ext_*; a kernel without MODVERSIONS compares the whole text
        var withoutRelease = kernel.HasVersions == true && !module.Versions.IsDefault;
        var (mine, its) = withoutRelease
            ? (KernelVermagic.WithoutRelease(magic), KernelVermagic.WithoutRelease(wanted))
            : (magic, wanted);
        if (mine == its)
        {
            return;
        }

        Error(
            DiagnosticCodes.ModuleVermagicDiffers, "its version magic is not the kernel's", VermagicFix(magic, wanted, withoutRelease),
            $"Linux says \"{module.Name}: version magic '{magic}' should be '{wanted}'\" and refuses it") ;
        _findings[^1] = _findings[^1] with { Found = magic, Expected = wanted };
    }

    private static string VermagicFix(string magic, string wanted, bool withoutRelease)
    {
        var (has, wants) = (KernelVermagic.WordsOf(magic), KernelVermagic.WordsOf(wanted));
        List<string> parts =
        [
            .. has.Except(wants).Select(word => $"the module has '{word}': build the kernel with {KernelVermagic.OptionOf(word) ?? "what "
                + "adds it"}"),
            .. wants.Except(has).Select(word => $"the kernel has '{word}': build it without {KernelVermagic.OptionOf(word) ?? "what adds "
                + "it"}"),
        ];
        if (!withoutRelease && magic.Split(' ')[0] != wanted.Split(' ')[0])
        {
            parts.Add("the releases differ, and without CONFIG_MODVERSIONS on both sides they are compared: set CONFIG_LOCALVERSION");
        }

        return parts.Count > 0 ? string.Join("; ", parts) : "the words stand in another order, or blanks differ: build the module again";
    }

    private void CheckForm()
    {
        if (module.Architecture != "arm64" && kernel.Vermagic?.Contains("aarch64", StringComparison.Ordinal) == true)
        {
            Error(DiagnosticCodes.ModuleUnreadable, "it is for 32-bit arm, and the kernel is arm64", "take the arm64 module",
                "Linux refuses it");
        }

        if (module.IsLivePatch && kernel.Rules.LivePatch == false)
        {
            Error(
                DiagnosticCodes.ModuleUnreadable, "it is a live patch, and the kernel has no support for them",
                    "build the kernel with CONFIG_LIVEPATCH",
                $"Linux says \"{module.Name}: module is marked as livepatch module, but livepatch support is disabled\"");
        }

        if (!module.HasPltSections && module.Architecture == "arm64" && kernel.Rules.PltSections == true)
        {
            Error(
                DiagnosticCodes.ModuleUnreadable, "it lacks the sections .plt and .init.plt, which this kernel wants",
                "build it for a kernel with CONFIG_ARM64_MODULE_PLTS",
                $"Linux says \"{module.Name}: module PLT section(s) missing\" and refuses it");
        }

        if (module.CommonSymbol is { } common)
        {
            Error(
                DiagnosticCodes.ModuleUnreadable, $"it has a tentative definition, '{common}'", "compile it with -fno-common",
                $"Linux says \"{module.Name}: please compile with -fno-common\" and refuses it");
        }

        if (module.HasTypes && kernel.Rules.TypesMustFit == true && kernel.Release is { } release
            && module.Vermagic?.Split(' ')[0] != release)
        {
            Unknown(
                "its types (.BTF) count on from those of another build of the kernel, and this kernel refuses modules whose types do not "
                    + "fit",
                "build the kernel with CONFIG_MODULE_ALLOW_BTF_MISMATCH, or take .BTF out with objcopy -R .BTF");
        }
    }

    /// <summary>kernel/module/main.c: simplify_symbols, in the order of the symbol table.</summary>
    private void ResolveSymbols()
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
            var names = string.Join(", ", symbols.Take(3)) + (symbols.Count > 3 ? $" and {symbols.Count - 3} more" : "");
            Error(
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
                Error(
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

        CheckVersion(import.Name, export.Symbol);
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
            Error(
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
            Error(
                DiagnosticCodes.ModuleSymbolMissing,
                $"'{import.Name}' is exported by {ofBuild.Owner}, a module of the kernel's own build that is not among those given",
                "give that module as well with --modules, and put it on the device; or build it into the kernel (=y)",
                Unresolved(import.Name));
        }
        else if (kernel.Exports.IsDefault)
        {
            _isKnown = false;
        }
        else
        {
            Error(
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

    /// <summary>kernel/module/version.c: check_version.</summary>
    private void CheckVersion(string symbol, ExportedSymbol export)
    {
        if (kernel.HasVersions == false)
        {
            return;
        }

        if (export.Crc is not { } crc)
        {
            // a kernel compares nothing when the exporter has no checksums; here they may only be unknown
            _isKnown &= export.Owner != ExportedSymbol.Kernel || kernel.HasChecksums || kernel.HasVersions == false;
            return;
        }

        var isExtended = !module.ExtendedVersions.IsDefault && kernel.Rules.ExtendedVersions == true;
        var versions = isExtended ? module.ExtendedVersions : module.Versions;
        if (versions.IsDefault)
        {
            if (symbol == LayoutSymbol)
            {
                // said once: load_module ends here
                Forced(DiagnosticCodes.ModuleSymbolVersionDiffers, "it has no checksums (__versions), and the kernel has MODVERSIONS",
                    symbol);
            }

            return;
        }

        if (versions.FirstOrDefault(version => version.Name == symbol) is not { } version)
        {
            MissingVersion(symbol, isExtended);
        }
        else if (version.Crc != crc)
        {
            Error(
                DiagnosticCodes.ModuleSymbolVersionDiffers, $"the type of '{symbol}' is not the one that it was compiled against",
                causes.OfChanged(symbol, kernel), $"Linux says \"{module.Name}: disagrees about version of symbol {symbol}\" and refuses "
                    + "it");
            _findings[^1] = _findings[^1] with { Found = Hex(version.Crc), Expected = Hex(crc) };
        }
    }

    private void MissingVersion(string symbol, bool isExtended)
    {
        if (kernel.Rules.MissingVersionRefused && !isExtended)
        {
            Error(
                DiagnosticCodes.ModuleSymbolVersionDiffers, $"its __versions do not name '{symbol}', and Debian's kernels refuse that",
                "build the module again with modpost's Module.symvers",
                $"Linux says \"{module.Name}: no symbol version for {symbol}\" and refuses it");
        }
        else
        {
            _findings.Add(Diagnostic.Warning(
                DiagnosticCodes.ModuleSymbolVersionDiffers, $"its __versions do not name '{symbol}'",
                "build the module again with modpost's Module.symvers") with
            {
                File = module.File,
                Consequence = $"Linux says \"{module.Name}: no symbol version for {symbol}\", once, and loads it",
            });
        }
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
                _findings.Add(Diagnostic.Warning(DiagnosticCodes.ModuleSymbolForbidden, message, fix) with
                {
                    File = module.File,
                    Consequence = $"Linux says {says} and loads it",
                });
                break;
            case false:
                Error(DiagnosticCodes.ModuleSymbolForbidden, message, fix, $"Linux says {says} and refuses it");
                break;
            default:
                Unknown(message, fix + "; give the kernel's configuration with --config");
                break;
        }
    }

    private bool IsMine(string pattern) => pattern.EndsWith('*')
        ? module.Name.StartsWith(pattern[..^1].Replace('-', '_'), StringComparison.Ordinal)
        : module.Name == pattern.Replace('-', '_');

    /// <summary>kernel/module/main.c: verify_exported_symbols, check_export_symbol_versions.</summary>
    private void CheckExports()
    {
        foreach (var export in module.Exports)
        {
            if (loaded.Find(export.Name, module) is { } other)
            {
                var owner = other.Module?.Name ?? "the kernel";
                Error(
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
            Forced(DiagnosticCodes.ModuleSymbolVersionDiffers, "its exports have no checksums, and the kernel has MODVERSIONS",
                "no versions for exported symbols");
        }
    }

    /// <summary>kernel/module/main.c: try_to_force_load.</summary>
    private void Forced(string code, string message, string reason)
    {
        const string fix = "build the module for a kernel with MODVERSIONS, or the kernel with CONFIG_MODULE_FORCE_LOAD";
        switch (kernel.Rules.ForceLoad)
        {
            case true:
                _findings.Add(Diagnostic.Warning(code, message, fix) with
                {
                    File = module.File,
                    Consequence = $"Linux says \"{module.Name}: {reason}: kernel tainted.\" and loads it (CONFIG_MODULE_FORCE_LOAD)",
                });
                break;
            case false:
                Error(code, message, fix, "Linux refuses it with ENOEXEC (no CONFIG_MODULE_FORCE_LOAD)");
                break;
            default:
                Unknown(message, fix + "; give the kernel's configuration with --config");
                break;
        }
    }

    private void Error(string code, string message, string fix, string consequence) =>
        _findings.Add(Diagnostic.Error(code, message, fix) with { File = module.File, Consequence = consequence });

    private void Unknown(string message, string fix)
    {
        _isKnown = false;
        _findings.Add(Diagnostic.Warning(DiagnosticCodes.ModuleCheckIncomplete, message, fix) with { File = module.File });
    }

    private static string Hex(ulong crc) => string.Create(CultureInfo.InvariantCulture, $"0x{crc:x8}");
}
