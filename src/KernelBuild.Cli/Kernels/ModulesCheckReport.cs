using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Modules;
using KernelBuild.ModuleCheck;

namespace KernelBuild.Cli.Kernels;

/// <summary>The JSON document of <c>kernel modules check --json</c>.</summary>
/// <param name="Kernel">What is known of the kernel.</param>
/// <param name="Loads">Modules that the kernel takes.</param>
/// <param name="Refused">Modules that it refuses.</param>
/// <param name="Unknown">Modules that nothing known refuses, while not all is known.</param>
/// <param name="Modules">Each module, in the order of the sources.</param>
internal sealed record ModulesCheckReport(
    CheckedKernelInfo Kernel, int Loads, int Refused, int Unknown, IReadOnlyList<CheckedModuleInfo> Modules) : JsonReport
{
    /// <param name="file">The kernel as the user named it.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="set">The modules.</param>
    /// <param name="causes">What there is to explain with.</param>
    /// <param name="findings">Everything that was found, which decides the exit code.</param>
    public static ModulesCheckReport Of(
        string file, KernelUnderTest kernel, ModuleSet set, SymbolCauses causes, out IReadOnlyList<Diagnostic> findings)
    {
        var verdicts = ModuleChecker.Check(kernel.Interface, set.Modules, causes);
        CheckedModuleInfo[] modules =
        [
            .. verdicts.Select(verdict => new CheckedModuleInfo(
                verdict.Module.Name, verdict.Module.File, NameOf(verdict.Outcome), [.. verdict.Findings.Select(FindingInfo.From)])),
            .. set.Unreadable.Select(one => new CheckedModuleInfo(
                one.Name, one.Finding.File ?? "", NameOf(ModuleOutcome.Refused), [FindingInfo.From(one.Finding)])),
        ];
        Diagnostic[] general = [.. kernel.Findings, .. set.Findings];
        findings =
        [
            .. general, .. verdicts.SelectMany(verdict => verdict.Findings), .. set.Unreadable.Select(one => one.Finding),
        ];
        var exports = kernel.Interface.Exports;
        return new ModulesCheckReport(
            new CheckedKernelInfo(
                file, kernel.Sources, kernel.Interface.Release, kernel.Interface.Vermagic,
                exports.IsDefault ? null : exports.Count(symbol => symbol.Owner == ExportedSymbol.Kernel), kernel.Interface.HasChecksums),
            Count(modules, ModuleOutcome.Loads), Count(modules, ModuleOutcome.Refused), Count(modules, ModuleOutcome.Unknown), modules)
        {
            Findings = [.. general.Select(finding => FindingInfo.From(WithPlace(finding)))],
        };
    }

    private static int Count(CheckedModuleInfo[] modules, ModuleOutcome outcome) =>
        modules.Count(module => module.Outcome == NameOf(outcome));

    /// <summary>A finding of the document has no member for its file.</summary>
    private static Diagnostic WithPlace(Diagnostic finding) => finding.File is null
        ? finding
        : finding with { Message = $"{finding.File}{(finding.Line > 0 ? ":" + finding.Line : "")}: {finding.Message}" };

    private static string NameOf(ModuleOutcome outcome) => outcome switch
    {
        ModuleOutcome.Loads => "loads",
        ModuleOutcome.Refused => "refused",
        _ => "unknown",
    };
}

/// <summary>What was known of the kernel; null where it was not.</summary>
/// <param name="File">As named.</param>
/// <param name="Sources">Which file each part comes from.</param>
/// <param name="Release">"6.1.0-56-arm64".</param>
/// <param name="Vermagic">What a module's version magic is compared with.</param>
/// <param name="Exports">How many symbols the kernel proper exports.</param>
/// <param name="Checksums">Whether their checksums are known.</param>
internal sealed record CheckedKernelInfo(
    string File, IReadOnlyList<string> Sources, string? Release, string? Vermagic, int? Exports, bool Checksums);

/// <summary>A module and its verdict: "loads", "refused" or "unknown".</summary>
internal sealed record CheckedModuleInfo(string Name, string File, string Outcome, IReadOnlyList<FindingInfo> Findings);
