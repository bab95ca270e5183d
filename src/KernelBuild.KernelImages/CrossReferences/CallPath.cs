using System.Collections.Immutable;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>A shortest way from one function to another.</summary>
/// <param name="Steps">From the first to the last.</param>
public sealed record CallPath(ImmutableArray<CallStep> Steps);

/// <summary>What a search for paths found.</summary>
/// <param name="Paths">One for each function that is reached, shortest first.</param>
/// <param name="Functions">How many functions were looked at.</param>
/// <param name="UnknownCalls">Calls through pointers, in these functions, of which nothing tells where they go.</param>
/// <param name="IsWhole">False when the search ended at its depth: there may be longer paths.</param>
public sealed record CallPaths(ImmutableArray<CallPath> Paths, int Functions, int UnknownCalls, bool IsWhole);
