using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Kconfig;

namespace KernelBuild.Cli.Config;

/// <summary><c>kernelbuild config diff A B</c>.</summary>
internal static class ConfigDiffCommand
{
    public static Command Create()
    {
        var from = Arguments.File("A", "A .config, config.gz, or a boot image or kernel that carries one");
        var to = Arguments.File("B", "The other");
        var tree = ConfigOptions.Tree();
        var architecture = ConfigOptions.Architecture();
        var json = ConfigOptions.Json();
        var command = new Command(
            "diff",
            "Shows which symbols have another value. With --tree, what follows from another difference stands below it, so that the lines that "
            + "somebody wrote are seen first.\n\n"
            + "Examples:\n"
            + "  kernelbuild config diff stock-boot.img artifacts/DEVICE/config\n"
            + "  kernelbuild config diff old.config new.config --tree linux")
        {
            from, to, tree, architecture, json,
        };
        command.OnRun((result, output, _) =>
        {
            var (one, other) = (ConfigInput.Read(result.GetValue(from)!), ConfigInput.Read(result.GetValue(to)!));
            string[] names = [.. one.ByName.Keys.Union(other.ByName.Keys).Where(name => one[ConfigOptions.Full(name)] != other[ConfigOptions.Full(name)]).Order(StringComparer.Ordinal)];
            var followers = result.GetValue(tree) is { } folder
                ? Followers(ConfigOptions.Model(folder, result.GetValue(architecture)!), [.. names])
                : [];
            ConfigChange[] changes =
            [
                .. names.Select(name => new ConfigChange(
                    ConfigOptions.Full(name), one[ConfigOptions.Full(name)], other[ConfigOptions.Full(name)],
                    [.. followers.GetValueOrDefault(name, []).Select(ConfigOptions.Full)])),
            ];
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, new ConfigDiffReport(result.GetValue(from)!, result.GetValue(to)!, changes), ConfigJson.Default.ConfigDiffReport);
                return ExitCode.Done;
            }

            var byName = changes.ToDictionary(change => change.Symbol, StringComparer.Ordinal);
            var followed = changes.SelectMany(change => change.Dependents).ToHashSet(StringComparer.Ordinal);
            var shown = new HashSet<string>(StringComparer.Ordinal);
            foreach (var change in changes.Where(change => !followed.Contains(change.Symbol)).Concat(changes))
            {
                Write(change, byName, shown, 0, output);
            }

            output.WriteLine($"{Counted.Of(changes.Length, "symbol")} with another value");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>For each symbol that differs, the others that differ and depend on it or are selected by it.</summary>
    private static Dictionary<string, SortedSet<string>> Followers(KconfigModel model, HashSet<string> names)
    {
        var followers = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var symbol in names.Select(name => model.Find(name)).OfType<KconfigSymbol>())
        {
            var causes = symbol.Entries.SelectMany(entry => entry.Parts.SelectMany(part => part.Condition.Symbols)
                    .Concat(entry.Defaults.SelectMany(one => one.Value.Symbols.Concat(one.Condition?.Symbols ?? []))))
                .Concat(symbol.Selections.Select(selection => selection.Selector));
            foreach (var cause in causes.Where(cause => names.Contains(cause.Name) && cause != symbol))
            {
                if (!followers.TryGetValue(cause.Name, out var of))
                {
                    followers[cause.Name] = of = new SortedSet<string>(StringComparer.Ordinal);
                }

                of.Add(symbol.Name);
            }
        }

        return followers;
    }

    private static void Write(ConfigChange change, Dictionary<string, ConfigChange> all, HashSet<string> shown, int depth, TextWriter output)
    {
        if (!shown.Add(change.Symbol))
        {
            return;
        }

        output.WriteLine(Printable.Text($"{new string(' ', 2 * depth)}{change.Symbol}: {change.From} -> {change.To}"));
        foreach (var follower in change.Dependents)
        {
            Write(all[follower], all, shown, depth + 1, output);
        }
    }
}
