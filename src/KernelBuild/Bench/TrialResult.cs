namespace KernelBuild.Bench;

/// <param name="Verdict">"built", "booted", "build-failed" or "boot-failed".</param>
/// <param name="Log">What the build or the boot complained of.</param>
/// <param name="Unchanged">Nothing had changed since the last trial.</param>
public sealed record TrialResult(string Verdict, IReadOnlyList<string> Log, bool Unchanged);
