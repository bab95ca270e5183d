namespace KernelBuild.BuildConfigs;

/// <summary>One variable of a build.config and what became of it.</summary>
/// <param name="Variable">Its name.</param>
/// <param name="Value">Its value, or the part of it that this is about.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Detail">The item or property that has it; of one that is not taken, why.</param>
public sealed record BuildConfigEntry(string Variable, string Value, BuildConfigFate Fate, string Detail);
