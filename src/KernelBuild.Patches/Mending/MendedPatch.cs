using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Mending;

/// <summary>What came of a damaged patch.</summary>
/// <param name="Diff">The diff with what stands above it, mended; empty when it cannot be.</param>
/// <param name="Notes">KB2019 for each thing that was restored, or one KB2020 that says why nothing was.</param>
internal sealed record MendedPatch(ReadOnlyMemory<byte> Diff, ImmutableArray<Diagnostic> Notes);
