using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Refresh;

/// <summary>How far a patch is from the source it is to be applied to, and its text as it would be without that distance.</summary>
/// <param name="Hunks">What of it applied elsewhere or with less context than it states, or is in the source already.</param>
/// <param name="Refreshed">The whole file rewritten; null when it fits as it is, or cannot be made to fit.</param>
/// <param name="Findings">Why it cannot be made to fit.</param>
public sealed record PatchDrift(
    PatchFile Patch, PatchVerdict Verdict, ImmutableArray<HunkReport> Hunks, ReadOnlyMemory<byte>? Refreshed,
    ImmutableArray<Diagnostic> Findings);
