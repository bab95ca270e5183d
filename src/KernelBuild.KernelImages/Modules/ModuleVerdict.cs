using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Modules;

/// <summary>What becomes of a module in a kernel, and why.</summary>
/// <param name="Module">The module.</param>
/// <param name="Outcome">An error among the findings means that it is refused.</param>
/// <param name="Findings">KB8019 to KB8026; errors first as Linux would come to them.</param>
public sealed record ModuleVerdict(KernelModule Module, ModuleOutcome Outcome, ImmutableArray<Diagnostic> Findings);
