using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.BuildConfigs;

/// <summary>A device with what its build.config says where the project says nothing, and an account of each variable.</summary>
/// <param name="Device">What the later stages build.</param>
/// <param name="Entries">By variable, in order of their names.</param>
public sealed record BuildConfigPlan(DeviceBuild Device, ImmutableArray<BuildConfigEntry> Entries)
{
    /// <param name="exists">Whether a file or folder of a full path is there.</param>
    /// <exception cref="DiagnosticException">KB4012 for a build.config of another architecture, or without a defconfig where the project
    /// has none.</exception>
    public static BuildConfigPlan Of(DeviceBuild device, SourcedBuildConfig config, Func<string, bool> exists) =>
        new BuildConfigPlanning(device, config, exists).Run();

    /// <summary>The account, a line for each kind of fate.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var entry in Entries.Where(entry => entry.Fate == BuildConfigFate.Taken))
        {
            yield return $"taken: {entry.Variable} ({Short(entry.Value)}) as {entry.Detail}";
        }

        foreach (var entry in Entries.Where(entry => entry.Fate == BuildConfigFate.Overridden))
        {
            yield return $"the project wins: {entry.Variable} ({Short(entry.Value)}), by {entry.Detail}";
        }

        foreach (var reason in Entries.Where(entry => entry.Fate == BuildConfigFate.NotTaken).GroupBy(entry => entry.Detail))
        {
            yield return $"not taken: {string.Join(", ", reason.Select(Text))}: {reason.Key}";
        }

        var environment = Entries.Where(entry => entry.Fate == BuildConfigFate.Environment).Select(entry => entry.Variable).ToArray();
        if (environment.Length > 0)
        {
            yield return $"in make's environment: {string.Join(", ", environment)}";
        }
    }

    private static string Text(BuildConfigEntry entry) => entry.Value.Length == 0 ? entry.Variable : $"{entry.Variable} "
        + $"({Short(entry.Value)})";

    private static string Short(string value)
    {
        const int Longest = 60;
        var line = string.Join(' ', value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Longest ? line : line[..(Longest - 1)] + "…";
    }
}
