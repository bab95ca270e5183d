using KernelBuild.Git.Objects;

namespace KernelBuild.Store;

/// <summary>A commit that the store keeps.</summary>
/// <param name="Ref">The ref that keeps it.</param>
/// <param name="Used">When a build last took it; UTC.</param>
/// <param name="NamedBy">Lock files of known projects that name it.</param>
public sealed record StoredCommit(string Ref, GitObjectId Id, DateTime Used, IReadOnlyList<string> NamedBy);
