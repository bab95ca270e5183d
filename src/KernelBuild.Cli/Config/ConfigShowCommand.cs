using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Configure;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Config;

/// <summary><c>kernelbuild config show FRAGMENT…</c>.</summary>
internal static class ConfigShowCommand
{
    public static Command Create()
    {
        var fragments = Arguments.Files("Fragments in order; a later line wins");
        var json = ConfigOptions.Json();
        var command = new Command(
            "show",
            "Shows what fragments ask for together: which line wins, which say the same, which are overridden.\n\n"
            + "Example:\n"
            + "  kernelbuild config show iommu-passthrough.config board.config")
        {
            fragments, json,
        };
        command.OnRun((result, output, _) =>
        {
            ConfigRequest[] requests = [.. result.GetValue(fragments)!.SelectMany(ConfigFragment.Load)];
            ConfigLineInfo[] lines =
            [
                .. requests.GroupBy(request => request.Symbol, StringComparer.Ordinal).Select(group => Info([.. group])),
            ];
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, new ConfigShowReport(lines), ConfigJson.Default.ConfigShowReport);
                return ExitCode.Done;
            }

            foreach (var line in lines)
            {
                output.WriteLine(Printable.Text($"{line.Symbol}={line.Value}  {line.Place}{(line.Scope.Length == 0 ? "" : "  # " + line.Scope)}"));
                foreach (var other in line.Also)
                {
                    output.WriteLine(Printable.Text("  " + other));
                }
            }

            output.WriteLine(
                $"{Counted.Of(lines.Length, "symbol")}, {requests.Length - lines.Length} said again, "
                + $"{lines.Sum(line => line.Also.Count(other => other.EndsWith("overridden", StringComparison.Ordinal)))} of them overridden");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Lines for different kernels do not contradict each other.</summary>
    private static ConfigLineInfo Info(ConfigRequest[] lines)
    {
        var winner = lines[^1];
        return new ConfigLineInfo(
            winner.Symbol, winner.Value, Place(winner),
            [.. lines[..^1].Select(line => $"{line.Value} in {Place(line)}{(Scope(line).Length == 0 ? "" : $" ({Scope(line)})")}: {(line.Value == winner.Value ? "same" : Scope(line).Length + Scope(winner).Length > 0 ? "for other kernels, or overridden" : "overridden")}")],
            Scope(winner));
    }

    private static string Place(ConfigRequest line) => string.Create(CultureInfo.InvariantCulture, $"{line.File}:{line.Line}");

    private static string Scope(ConfigRequest line) => line.Scope.ToString();
}
