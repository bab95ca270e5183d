using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>What became of a series on a source.</summary>
/// <param name="Base">The commit of the source.</param>
/// <param name="Commit">The last commit made; the base when none was; null when the run ended at a failure.</param>
/// <param name="Tree">Of <paramref name="Commit"/>.</param>
public sealed record SeriesReport(GitObjectId Base, GitObjectId? Commit, GitObjectId? Tree, ImmutableArray<PatchReport> Patches)
{
    public bool Succeeded => Patches.All(patch => patch.Verdict == PatchVerdict.Applied);

    public IEnumerable<Diagnostic> Findings => Patches.SelectMany(patch => patch.Findings);
}
