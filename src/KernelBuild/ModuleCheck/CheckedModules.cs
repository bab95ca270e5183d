using System.Collections.Immutable;

namespace KernelBuild.ModuleCheck;

/// <summary>What became of a device's modules in the new kernel.</summary>
/// <param name="Loads">Modules that it takes.</param>
/// <param name="Unknown">Modules that nothing known refuses, while not all is known.</param>
/// <param name="Refused">Names of those that it refuses, and that the project lets it refuse.</param>
public sealed record CheckedModules(int Loads, int Unknown, ImmutableArray<string> Refused);
