using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Configure;
using KernelBuild.Diagnostics;
using KernelBuild.Kconfig;

namespace KernelBuild.Cli.Config;

/// <summary><c>kernelbuild config why SYMBOL…</c>.</summary>
internal static class ConfigWhyCommand
{
    public static Command Create()
    {
        var symbols = new Argument<string[]>("SYMBOL") { Description = "With CONFIG_ or without; SYMBOL=VALUE for another value than y", Arity = ArgumentArity.OneOrMore };
        var tree = ConfigOptions.Tree();
        tree.Required = true;
        var config = Arguments.Text("--config", "The configuration; without it that of a tree in which nothing is set");
        var architecture = ConfigOptions.Architecture();
        var json = ConfigOptions.Json();
        var command = new Command(
            "why",
            "Says why a symbol has its value: who selects it, which default, what it depends on; and, when it has not the value asked for, what it "
            + "lacks, down to the lines for a fragment that give it. Those lines are offered only when the kernel's rules, evaluated with them, "
            + "give that value.\n\n"
            + "Examples:\n"
            + "  kernelbuild config why VFIO_PCI --tree linux --config .config\n"
            + "  kernelbuild config why IOMMU_API=n NR_CPUS=512 --tree linux --config boot.img")
        {
            symbols, tree, config, architecture, json,
        };
        command.OnRun((result, output, errors) =>
        {
            var given = result.GetValue(config) is { } path ? ConfigInput.Read(path) : KernelConfig.Parse("");
            var explanation = new KconfigExplanation(ConfigOptions.Model(result.GetValue(tree)!, result.GetValue(architecture)!), given.ByName);
            var (answers, findings) = (new List<ConfigAnswer>(), new List<Diagnostic>());
            foreach (var asked in result.GetValue(symbols)!)
            {
                var (name, wanted) = asked.Split('=', 2) is [var first, var second] ? (first, second) : (asked, null);
                if (explanation.Evaluation.Model.Find(name) is { } symbol)
                {
                    answers.Add(Answer(explanation, symbol, wanted));
                }
                else
                {
                    findings.Add(Unknown(explanation.Evaluation.Model, name));
                }
            }

            if (result.GetValue(json))
            {
                JsonOutput.Write(output, new ConfigWhyReport([.. answers]) { Findings = [.. findings.Select(FindingInfo.From)] }, ConfigJson.Default.ConfigWhyReport);
            }
            else
            {
                foreach (var answer in answers)
                {
                    Write(answer, output);
                }
            }

            CommandFrame.Warn(findings, errors);
            return ExitCode.Of(findings);
        });
        return command;
    }

    /// <param name="wanted">Null for what a switch that is off lacks to be on.</param>
    private static ConfigAnswer Answer(KconfigExplanation explanation, KconfigSymbol symbol, string? wanted)
    {
        var value = explanation.Evaluation.Value(symbol);
        wanted ??= symbol.Type is KconfigType.Boolean or KconfigType.Tristate && value == "n" ? "y" : value;
        var reason = value == wanted ? null : explanation.Why(symbol, wanted);
        return new ConfigAnswer(
            ConfigOptions.Prefix + symbol.Name, value, wanted, reason?.Cause, reason?.Steps ?? [], reason?.Settings ?? [], reason?.Advice ?? "",
            explanation.Sources(symbol));
    }

    private static void Write(ConfigAnswer answer, TextWriter output)
    {
        output.WriteLine($"{answer.Symbol} is {answer.Value}");
        foreach (var line in answer.Sources)
        {
            output.WriteLine("  " + Printable.Text(line));
        }

        if (answer.Cause is not null)
        {
            output.WriteLine($"not {answer.Wanted}: {answer.Cause}");
            foreach (var line in answer.Steps)
            {
                output.WriteLine("  " + Printable.Text(line));
            }

            output.WriteLine(answer.Settings.Count > 0 ? $"{answer.Symbol}={answer.Wanted} with:" : "advice: " + answer.Advice);
            foreach (var line in answer.Settings)
            {
                output.WriteLine("  " + line);
            }
        }

        output.WriteLine();
    }

    private static Diagnostic Unknown(KconfigModel model, string name)
    {
        var near = model.Nearest(name.StartsWith(ConfigOptions.Prefix, StringComparison.Ordinal) ? name[ConfigOptions.Prefix.Length..] : name);
        return Diagnostic.Error(
            DiagnosticCodes.SymbolUnknown, $"this kernel has no symbol {ConfigOptions.Full(name)}",
            near.Count == 0 ? "the name may be another kernel's" : "did you mean " + string.Join(" or ", near.Select(ConfigOptions.Full)) + "?");
    }
}
