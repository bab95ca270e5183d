using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Configure;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Kconfig;
using KernelBuild.Toolchains;

namespace KernelBuild.Cli.Config;

/// <summary><c>kernelbuild config check CONFIG --fragment FILE…</c>.</summary>
internal static class ConfigCheckCommand
{
    public static Command Create()
    {
        var config = Arguments.File("CONFIG", "A .config, a device's config.gz, or a boot image or kernel that carries its configuration");
        var fragments = new Option<string[]>("--fragment", "--profile") { Description = "Fragments or profiles, in order; a later line wins", AllowMultipleArgumentsPerToken = true, Required = true };
        var kernel = Arguments.Text("--kernel", "The kernel's version, such as 5.10, for lines that are meant for some versions only; else the tree's or that of CONFIG's first lines");
        var tree = ConfigOptions.Tree();
        var architecture = ConfigOptions.Architecture();
        var json = ConfigOptions.Json();
        var command = new Command(
            "check",
            "Says which lines of fragments a configuration has, and which not. With --tree, each that it has not is explained.\n\n"
            + "Examples:\n"
            + "  kernelbuild config check boot.img --profile kvm-host.config --kernel 5.10\n"
            + "  kernelbuild config check /proc/config.gz --fragment iommu-passthrough.config --tree linux")
        {
            config, fragments, kernel, tree, architecture, json,
        };
        command.OnRun((result, output, errors) =>
        {
            var known = ConfigInput.Read(result.GetValue(config)!);
            var folder = result.GetValue(tree);
            var version = VersionOf(result.GetValue(kernel), folder) ?? known.Version;
            ConfigRequest[] all = [.. result.GetValue(fragments)!.SelectMany(ConfigFragment.Load)];
            ConfigRequest[] requests = [.. all.Where(request => version is { } number ? request.Scope.Covers(number) : request.Scope.IsForEveryKernel)];
            var explanation = new Lazy<KconfigExplanation>(() => new KconfigExplanation(ConfigOptions.Model(folder!, result.GetValue(architecture)!), known.ByName));
            Diagnostic[] findings =
            [
                .. version is null ? Undecided(all) : [],
                .. folder is null ? Plain(requests, known) : ConfigurationAudit.Run(requests, known, () => explanation.Value),
            ];
            var optional = findings.Count(finding => finding.Severity == DiagnosticSeverity.Warning && finding.Code is not (DiagnosticCodes.SymbolRequestedTwice or DiagnosticCodes.SymbolRenamed or DiagnosticCodes.KernelVersionUnknown));
            var missing = findings.Count(finding => finding.Severity == DiagnosticSeverity.Error);
            var fulfilled = KernelConfig.Effective(requests).Count - missing - optional;
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output, new ConfigCheckReport(result.GetValue(config)!, fulfilled, missing, optional) { Findings = [.. findings.Select(FindingInfo.From)] },
                    ConfigJson.Default.ConfigCheckReport);
            }
            else
            {
                foreach (var finding in findings)
                {
                    FindingText.Write(finding, output);
                }

                output.WriteLine($"{Counted.Of(fulfilled, "symbol")} as asked for, {missing} not, {optional} optional and not");
            }

            return ExitCode.Of(findings);
        });
        return command;
    }

    private static KernelVersion? VersionOf(string? given, string? tree) => given is not null
        ? KernelVersion.TryParse(given, out var version) ? version : throw CommandFrame.Usage($"'{given}' is no version of Linux", "write it as 6.1")
        : tree is not null && File.Exists(Path.Combine(tree, "Makefile")) ? SourceVersion.Read(tree) : null;

    /// <summary>Lines for some versions only, where nothing says which version this is.</summary>
    private static IEnumerable<Diagnostic> Undecided(ConfigRequest[] all)
    {
        var scoped = all.Where(request => !request.Scope.IsForEveryKernel).ToArray();
        if (scoped is [var first, ..])
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.KernelVersionUnknown,
                $"{Counted.Of(scoped.Length, "line")} for some kernels only ({Counted.Names([.. scoped.Select(request => request.Symbol)], 4)}) not checked: nothing says which version this is",
                "give --kernel VERSION, as `uname -r` on the device prints it") with
            { File = first.File, Line = first.Line };
        }
    }

    /// <summary>Without a tree only what is there can be said, not why.</summary>
    private static Diagnostic[] Plain(ConfigRequest[] requests, KernelConfig known) =>
    [
        .. KernelConfig.Effective(requests).Values.Where(request => !ConfigurationAudit.IsFulfilled([request], known)).Select(request =>
            (request.Scope.Optional is null
                ? Diagnostic.Error(DiagnosticCodes.SymbolNotSet, $"{request.Symbol}={request.Value} is asked for, and it is {known[request.Symbol]}", "give the kernel's source with --tree to have the reason")
                : Diagnostic.Warning(
                    DiagnosticCodes.SymbolNotSet, $"{request.Symbol}={request.Value} is asked for, and it is {known[request.Symbol]}; optional: {request.Scope.Optional}",
                    "give the kernel's source with --tree to have the reason")) with
            { File = request.File, Line = request.Line }),
    ];
}
