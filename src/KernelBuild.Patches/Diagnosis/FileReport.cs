using System.Collections.Immutable;
using KernelBuild.Patches.Application;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>What became of the part of a patch that is about one file.</summary>
/// <param name="Name">Path in the tree.</param>
/// <param name="PatchLine">Line of its header in the patch file, counted from 1.</param>
/// <param name="Problem">Why it failed, where not (only) its hunks did.</param>
/// <param name="Explanation">The problem in words: what stands there instead, where the file went. Empty when there is none.</param>
public sealed record FileReport(string Name, int PatchLine, FileProblem Problem, string Explanation, ImmutableArray<HunkReport> Hunks)
{
    /// <summary>What to do about the problem, where that is known better than what is said for all of its kind; empty otherwise.</summary>
    public string Mend { get; init; } = "";
}
