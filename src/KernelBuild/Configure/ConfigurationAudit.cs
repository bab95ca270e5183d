using KernelBuild.Diagnostics;
using KernelBuild.Kconfig;

namespace KernelBuild.Configure;

/// <summary>After olddefconfig: did every requested symbol get its value, and if not, why?</summary>
public static class ConfigurationAudit
{
    /// <param name="explanation">Of the finished configuration; asked for only when something is wrong.</param>
    /// <returns>An error for each symbol that did not get its value, a warning where it is optional, a warning for each that two fragments set differently.</returns>
    public static IReadOnlyList<Diagnostic> Run(
        IReadOnlyList<ConfigRequest> requests, KernelConfig result, Func<KconfigExplanation> explanation)
    {
        var findings = new List<Diagnostic>();
        var effective = KernelConfig.Effective(requests);
        foreach (var request in requests)
        {
            if (effective[request.Symbol] is var winner && winner.Value != request.Value)
            {
                findings.Add(Diagnostic.Warning(
                    DiagnosticCodes.SymbolRequestedTwice,
                    $"{request.Symbol}={request.Value} is overridden by {winner.Symbol}={winner.Value} in "
                    + $"{Path.GetFileName(winner.File)}:{winner.Line}",
                    "take one of the two lines out") with
                { File = request.File, Line = request.Line });
            }
        }

        foreach (var request in effective.Values)
        {
            if (!SameValue(result[request.Symbol], request.Value))
            {
                findings.Add(Weighed(Explain(request, result, effective, explanation()), request.Scope.Optional));
            }
        }

        return findings;
    }

    /// <summary>Whether a requested symbol has another value.</summary>
    public static bool IsFulfilled(IReadOnlyList<ConfigRequest> requests, KernelConfig result) =>
        KernelConfig.Effective(requests).Values.All(request => SameValue(result[request.Symbol], request.Value));

    /// <summary>What the tree's own further configurations asked for in vain: a note, for vendors' files outlive their symbols.</summary>
    /// <param name="ofTree">Requests of these files.</param>
    /// <param name="ofProject">Requests that override them.</param>
    public static IReadOnlyList<Diagnostic> OfTree(
        IReadOnlyList<ConfigRequest> ofTree, IReadOnlyList<ConfigRequest> ofProject, KernelConfig result)
    {
        var overridden = ofProject.Select(request => request.Symbol).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. KernelConfig.Effective(ofTree).Values
                .Where(request => !overridden.Contains(request.Symbol) && !SameValue(result[request.Symbol], request.Value))
                .GroupBy(request => request.File)
                .Select(file => Diagnostic.Warning(
                    DiagnosticCodes.SymbolsOfTreeNotSet,
                    $"{file.Count()} {(file.Count() == 1 ? "symbol" : "symbols")} of {Path.GetFileName(file.Key)} did not get their value",
                    "request what you need in a ConfigFragment of the project: there it is an error, with the reason") with
                {
                    File = file.Key,
                    Details = [.. file.Select(request => $"{request.Symbol}={request.Value} is {result[request.Symbol]}")],
                }),
        ];
    }

    /// <summary>What a project says of modules, and what its configuration makes of that.</summary>
    /// <param name="modules">Whether modules are built.</param>
    public static IReadOnlyList<Diagnostic> OfModules(bool modules, IReadOnlyList<ConfigRequest> requests, KernelConfig result)
    {
        if (!modules)
        {
            var asked = KernelConfig.Effective(requests).Values.Where(request => request.Value == "m" && result[request.Symbol] == "m").ToArray();
            return asked.Length == 0 ? [] :
            [
                Diagnostic.Warning(
                    DiagnosticCodes.ModulesNotBuilt,
                    $"{asked[0].Symbol}=m{(asked.Length > 1 ? $" and {asked.Length - 1} more" : "")} would be a module, and this build makes none",
                    "set <Modules>true</Modules> in the project, or request =y") with
                { File = asked[0].File, Line = asked[0].Line },
            ];
        }

        if (result["CONFIG_MODULES"] != "y")
        {
            return
            [
                Diagnostic.Error(
                    DiagnosticCodes.ModulesOff, "Modules is true, and this configuration has no modules: CONFIG_MODULES is n",
                    "request CONFIG_MODULES=y in a ConfigFragment"),
            ];
        }

        return result["CONFIG_MODULE_SIG"] == "y" && result["CONFIG_MODULE_SIG_KEY"] == "\"certs/signing_key.pem\""
            ?
            [
                Diagnostic.Warning(
                    DiagnosticCodes.SigningKeyOfBuild, "modules are signed with a key that this build makes for itself: no other build gives the same image",
                    "name a key with certificate in the property ModuleSigningKey, or set CONFIG_MODULE_SIG=n"),
            ]
            : [];
    }

    /// <summary>Numbers that nobody gives a value: make of some versions stops and asks for it.</summary>
    public static IReadOnlyList<Diagnostic> WithoutValue(KernelConfig result) =>
        [.. result.WithoutValue.Select(symbol => Diagnostic.Warning(
            DiagnosticCodes.SymbolWithoutValue, $"{symbol} has no value and no default; make may stop and ask for it", FixOf(symbol)))];

    /// <summary>How a symbol gets its value.</summary>
    public static string FixOf(string symbol) => $"give the value in a ConfigFragment, such as {symbol}=0";

    private static bool SameValue(string actual, string requested) =>
        actual == requested
        || (actual.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && string.Equals(actual, requested, StringComparison.OrdinalIgnoreCase));

    private static Diagnostic Weighed(Diagnostic finding, string? optional) => optional is null
        ? finding
        : finding with { Severity = DiagnosticSeverity.Warning, Message = $"{finding.Message}; optional: {optional}" };

    private static Diagnostic Explain(
        ConfigRequest request, KernelConfig result, IReadOnlyDictionary<string, ConfigRequest> effective, KconfigExplanation explanation)
    {
        var actual = result[request.Symbol];
        if (explanation.Evaluation.Model.Find(request.Symbol) is not { } symbol)
        {
            var near = explanation.Evaluation.Model.Nearest(request.Symbol["CONFIG_".Length..]);
            return Diagnostic.Error(
                DiagnosticCodes.SymbolUnknown,
                $"{request.Symbol}={request.Value} was requested, but this kernel has no such symbol; it is {actual}",
                near.Count == 0
                    ? "take the line out"
                    : "did you mean " + string.Join(" or ", near.Select(other => "CONFIG_" + other)) + "?") with
            { File = request.File, Line = request.Line };
        }

        if (symbol.IsTransitional && Arrived(request, explanation.Evaluation.Model.HeirsOf(symbol), result) is { } renamed)
        {
            return renamed;
        }

        var reason = explanation.Why(symbol, request.Value);
        return Diagnostic.Error(
            DiagnosticCodes.SymbolNotSet,
            $"{request.Symbol}={request.Value} was requested, but it is {actual}: {reason.Cause}",
            reason.Settings.IsEmpty ? reason.Advice : "request " + string.Join(", ", reason.Settings)) with
        {
            File = request.File,
            Line = request.Line,
            Details =
            [
                $"declared in {string.Join(", ", symbol.Entries.Select(entry => $"{entry.File}:{entry.Line}").Distinct())}",
                .. reason.Steps, .. Rivals(request, reason, effective),
            ],
        };
    }

    /// <summary>conf hands the value of an old name on to the new one, and writes that alone; null when it did not arrive.</summary>
    private static Diagnostic? Arrived(ConfigRequest request, IReadOnlyList<KconfigSymbol> heirs, KernelConfig result) =>
        heirs.Count == 0 || heirs.Any(heir => !SameValue(result["CONFIG_" + heir], request.Value)) ? null : Diagnostic.Warning(
            DiagnosticCodes.SymbolRenamed,
            $"{request.Symbol} is the old name of {string.Join(" and ", heirs.Select(heir => "CONFIG_" + heir))} in this kernel, which got the value {request.Value}",
            $"request {string.Join(", ", heirs.Select(heir => $"CONFIG_{heir}={request.Value}"))}, and keep the old name for older kernels only") with
        {
            File = request.File,
            Line = request.Line,
        };

    /// <summary>Where a fragment asks for a symbol that the reason names.</summary>
    private static IEnumerable<string> Rivals(ConfigRequest request, KconfigReason reason, IReadOnlyDictionary<string, ConfigRequest> effective) =>
        reason.Steps.Append(reason.Cause).SelectMany(line => line.Split([' ', ',', ':', '='])).Distinct(StringComparer.Ordinal)
            .Where(word => word != request.Symbol && effective.ContainsKey(word))
            .Select(word => effective[word])
            .Select(rival => $"{rival.Symbol}={rival.Value} is requested in {Path.GetFileName(rival.File)}:{rival.Line}");
}
