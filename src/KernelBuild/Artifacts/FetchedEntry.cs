using KernelBuild.Diagnostics;

namespace KernelBuild.Artifacts;

/// <summary>What a store answered.</summary>
/// <param name="Entry">Null when the store has none that can be used.</param>
/// <param name="Damage">Why an entry that is there cannot be used; null when all is well.</param>
public sealed record FetchedEntry(ArtifactEntry? Entry, Diagnostic? Damage);
