using KernelBuild.Git.Objects;
using KernelBuild.Patches.Engine;

namespace KernelBuild.Patch;

/// <param name="Commit">The source with every patch on it.</param>
/// <param name="Patches">In the order they were applied.</param>
public sealed record PatchedSource(GitObjectId Commit, IReadOnlyList<AppliedPatch> Patches);
