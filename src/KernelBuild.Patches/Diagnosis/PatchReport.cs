using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>What became of one patch of a series.</summary>
/// <param name="Name">As the series names it.</param>
/// <param name="File">The patch file.</param>
/// <param name="Commit">The commit that it made; null when it is not in.</param>
public sealed record PatchReport(
    string Name, string File, string Subject, PatchVerdict Verdict, GitObjectId? Commit, ImmutableArray<FileReport> Files)
{
    /// <summary>What is to be said of it, errors where it failed.</summary>
    public ImmutableArray<Diagnostic> Findings { get; init; } = [];

    public IEnumerable<HunkReport> Hunks => Files.SelectMany(file => file.Hunks);
}
