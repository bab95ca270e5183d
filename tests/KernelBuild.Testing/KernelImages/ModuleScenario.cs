using System.Collections.Immutable;

namespace KernelBuild.Testing.KernelImages;

/// <summary>Modules that are loaded one after the other into a kernel that has none.</summary>
public sealed record ModuleScenario(string Name, ImmutableArray<ModuleStep> Steps);
