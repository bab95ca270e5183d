using System.Collections.Immutable;

namespace KernelBuild.BuildConfigs;

/// <summary>What bash exports after it has sourced the build.config files of a device.</summary>
/// <param name="Variables">By name; what the shell keeps for itself is left out. Paths are those of the work tree.</param>
public sealed record SourcedBuildConfig(ImmutableSortedDictionary<string, string> Variables)
{
    /// <summary>The value of a variable; empty when it has none.</summary>
    public string this[string name] => Variables.GetValueOrDefault(name, "");

    /// <summary>The words of a variable, as the shell splits them.</summary>
    public IReadOnlyList<string> Words(string name) => this[name].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
