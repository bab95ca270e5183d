using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Application;

/// <summary>A commit to be made: a patch that is in.</summary>
/// <param name="Changes">Path to mode and blob; null for a path that is gone.</param>
internal sealed record CommitPlan(
    string AuthorName, string AuthorEmail, string AuthorDate, string Message,
    IReadOnlyList<(string Path, uint Mode, Task<GitObjectId>? Blob)> Changes);
