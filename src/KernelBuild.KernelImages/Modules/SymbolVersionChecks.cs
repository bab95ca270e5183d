using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>The checksums of what a module imports, against those of what is exported (CONFIG_MODVERSIONS).</summary>
internal sealed class SymbolVersionChecks(
    KernelInterface kernel, SymbolCauses causes, LoadedModules loaded, KernelModule module, ModuleFindings findings)
{
    private const string LayoutSymbol = "module_layout";

    /// <summary>kernel/module/version.c: check_modstruct_version.</summary>
    public void CheckLayout()
    {
        if (kernel.HasVersions != false && loaded.Find(LayoutSymbol, module) is { } found)
        {
            CheckVersion(LayoutSymbol, found.Symbol);
        }
    }

    /// <summary>kernel/module/version.c: check_version.</summary>
    public void CheckVersion(string symbol, ExportedSymbol export)
    {
        if (kernel.HasVersions == false)
        {
            return;
        }

        if (export.Crc is not { } crc)
        {
            // a kernel compares nothing when the exporter has no checksums; here they may only be unknown
            findings.IsKnown &= export.Owner != ExportedSymbol.Kernel || kernel.HasChecksums || kernel.HasVersions == false;
            return;
        }

        var isExtended = !module.ExtendedVersions.IsDefault && kernel.Rules.ExtendedVersions == true;
        var versions = isExtended ? module.ExtendedVersions : module.Versions;
        if (versions.IsDefault)
        {
            if (symbol == LayoutSymbol)
            {
                // said once: load_module ends here
                findings.Forced(DiagnosticCodes.ModuleSymbolVersionDiffers, "it has no checksums (__versions), and the kernel has MODVERSIONS",
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
            findings.Error(
                DiagnosticCodes.ModuleSymbolVersionDiffers, $"the type of '{symbol}' is not the one that it was compiled against",
                causes.OfChanged(symbol, kernel),
                $"Linux says \"{module.Name}: disagrees about version of symbol {symbol}\" and refuses it",
                found: Hex(version.Crc), expected: Hex(crc));
        }
    }

    private void MissingVersion(string symbol, bool isExtended)
    {
        if (kernel.Rules.MissingVersionRefused && !isExtended)
        {
            findings.Error(
                DiagnosticCodes.ModuleSymbolVersionDiffers, $"its __versions do not name '{symbol}', and Debian's kernels refuse that",
                "build the module again with modpost's Module.symvers",
                $"Linux says \"{module.Name}: no symbol version for {symbol}\" and refuses it");
        }
        else
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.ModuleSymbolVersionDiffers, $"its __versions do not name '{symbol}'",
                "build the module again with modpost's Module.symvers") with
            {
                File = module.File,
                Consequence = $"Linux says \"{module.Name}: no symbol version for {symbol}\", once, and loads it",
            });
        }
    }

    private static string Hex(ulong crc) => string.Create(CultureInfo.InvariantCulture, $"0x{crc:x8}");
}
