using System.Collections.Immutable;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Application;

/// <summary>What became of one file patch.</summary>
/// <param name="Placements">One for each hunk; null where it found no place. Empty when the problem is not with the hunks.</param>
/// <param name="Detail">What makes the problem concrete, such as why a path is unsafe.</param>
internal sealed record FileOutcome(FilePatch Patch, FileProblem Problem, ImmutableArray<HunkPlacement?> Placements, string Detail = "")
{
    public bool Succeeded => Problem == FileProblem.None;

    public static FileOutcome Failed(FilePatch patch, FileProblem problem, string detail = "") => new(patch, problem, [], detail);
}
