using System.Collections.Immutable;

namespace KernelBuild.Farm;

/// <summary>How make's calls of the compiler get to the farm.</summary>
/// <param name="Program">Stands before the compiler on its command line: a path.</param>
/// <param name="Environment">What it needs to know.</param>
public sealed record FarmLaunch(string Program, ImmutableSortedDictionary<string, string> Environment);
