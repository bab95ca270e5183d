namespace KernelBuild.Bench;

/// <param name="First">The patch with which the fault begins, by its number from 0; several where they cannot be told apart.</param>
/// <param name="Smallest">
/// The smallest set found that shows the fault; taking any one patch out of it makes the fault go, or cannot be tried.
/// </param>
public sealed record BisectionResult(IReadOnlyList<int> First, IReadOnlyList<int> Smallest);
