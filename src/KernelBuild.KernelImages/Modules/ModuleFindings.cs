using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>What is found of one module, and the verdict that follows.</summary>
internal sealed class ModuleFindings(KernelInterface kernel, KernelModule module)
{
    private readonly List<Diagnostic> _all = [];

    /// <summary>False as soon as something is not known that Linux would decide by.</summary>
    public bool IsKnown { get; set; } = true;

    public ModuleVerdict Verdict()
    {
        var isRefused = _all.Any(finding => finding.Severity == DiagnosticSeverity.Error);
        return new ModuleVerdict(
            module, isRefused ? ModuleOutcome.Refused : IsKnown ? ModuleOutcome.Loads : ModuleOutcome.Unknown,
            [.. _all.OrderBy(finding => finding.Severity == DiagnosticSeverity.Error ? 0 : 1)]);
    }

    public void Add(Diagnostic finding) => _all.Add(finding);

    /// <param name="found">What the module has; null where there is nothing to compare.</param>
    /// <param name="expected">What the kernel has.</param>
    public void Error(string code, string message, string fix, string consequence, string? found = null, string? expected = null) =>
        Add(Diagnostic.Error(code, message, fix) with { File = module.File, Consequence = consequence, Found = found, Expected = expected });

    public void Unknown(string message, string fix)
    {
        IsKnown = false;
        Add(Diagnostic.Warning(DiagnosticCodes.ModuleCheckIncomplete, message, fix) with { File = module.File });
    }

    /// <summary>kernel/module/main.c: try_to_force_load.</summary>
    public void Forced(string code, string message, string reason)
    {
        const string fix = "build the module for a kernel with MODVERSIONS, or the kernel with CONFIG_MODULE_FORCE_LOAD";
        switch (kernel.Rules.ForceLoad)
        {
            case true:
                Add(Diagnostic.Warning(code, message, fix) with
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
}
