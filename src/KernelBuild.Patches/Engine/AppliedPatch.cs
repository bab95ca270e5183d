using KernelBuild.Git.Objects;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Engine;

/// <param name="Commit">The commit that the patch made.</param>
/// <param name="Subject">First line of its message.</param>
public sealed record AppliedPatch(PatchFile Patch, GitObjectId Commit, string Subject);
