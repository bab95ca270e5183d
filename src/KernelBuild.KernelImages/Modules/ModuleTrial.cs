using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>
/// One module on its way into a kernel: the checks of load_module (kernel/module/main.c) in their order, all of them, where Linux stops at
/// the first that fails.
/// </summary>
internal sealed class ModuleTrial(KernelInterface kernel, SymbolCauses causes, LoadedModules loaded, KernelModule module)
{
    public ModuleVerdict Run()
    {
        var findings = new ModuleFindings(kernel, module);
        if (kernel.LoadsModules == false)
        {
            findings.Error(
                DiagnosticCodes.ModuleVermagicDiffers, "the kernel loads no module at all", "build it with CONFIG_MODULES=y",
                "init_module(2) fails with ENOSYS");
            return findings.Verdict();
        }

        var form = new ModuleFormChecks(kernel, module, findings);
        var versions = new SymbolVersionChecks(kernel, causes, loaded, module, findings);
        var symbols = new ModuleSymbolChecks(kernel, causes, loaded, module, versions, findings);
        form.CheckSignature();
        versions.CheckLayout();
        form.CheckVermagic();
        form.CheckForm();
        symbols.ResolveSymbols();
        symbols.CheckExports();
        return findings.Verdict();
    }
}
